import { dirname, join, resolve } from 'node:path';
import { PACKAGE_ROOT } from '../../util/package-root.ts';
import { listCopies } from '../backup/copies.ts';

/**
 * The gateway must not start on a state directory. `message` is one line for the terminal: what is wrong (`what`) and
 * what to do about it; `exitCode` is 3 when the state file is refused and 4 when another gateway uses the directory.
 */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  readonly exitCode: 3 | 4;
  readonly what: string;

  constructor(exitCode: 3 | 4, what: string, advice: string | null = null) {
    super(oneLine(advice === null ? what : `${what}. ${advice}`));
    this.exitCode = exitCode;
    this.what = oneLine(what);
  }
}

/**
 * The fault of a state file that is refused: `what` is wrong with `path`, how to restore a copy if there is one, and how
 * to start with a new file.
 */
export function refusedFile(path: string, what: string): StoreFault {
  const directory = dirname(path);
  const copy = newestCopy(directory);
  const emptyState = `to start with an empty state, move it away (${moveAwayCommand(path)})`;
  const advice =
    copy === null
      ? `The file is unchanged, and there is no copy of it: ${emptyState}`
      : `The file is unchanged: ${emptyState}. To restore the newest copy (${copy}), run: ${restoreCommand(directory)}`;
  return new StoreFault(3, `${path} ${what}`, advice);
}

/**
 * The fault of a migration whose content is not what the state file records. Most likely the package is damaged and the
 * state is good, so the advice leaves the state in its place.
 */
export function changedPackage(path: string, migration: string): StoreFault {
  return new StoreFault(
    3,
    `the file migrations/${migration} of Laneway differs from the one that ${path} records`,
    'The state file is unchanged. Reinstall Laneway unless its file was changed on purpose; if so, put the original back',
  );
}

/** The day of the newest copy; null where there is none, or the folder cannot be read. */
function newestCopy(directory: string): string | null {
  try {
    return listCopies(directory)[0]?.at.slice(0, 10) ?? null;
  } catch {
    return null;
  }
}

/** Moves the file with its write-ahead log, without which a new start would refuse the directory again. */
function moveAwayCommand(path: string): string {
  const folder = join(dirname(path), 'refused');
  return `mkdir ${quoted(folder)} && mv ${quoted(path)}* ${quoted(`${folder}/`)}`;
}

/** The fault of a second gateway on the same state directory. */
export function directoryInUse(directory: string, lock: string): StoreFault {
  return new StoreFault(
    4,
    `${directory} is in use by another gateway (it holds the lock ${lock}): stop that gateway, or set LANEWAY_DATA_DIR ` +
      'to another directory',
  );
}

/**
 * The command line of `laneway restore` for a state directory: npm's script in the repository's directory, absolute
 * paths elsewhere. Not `npx laneway`, which would look for a package of that name in the registry.
 */
export function restoreCommand(directory: string, copy: string | null = null): string {
  if (process.cwd() !== PACKAGE_ROOT) {
    const parts = [join(PACKAGE_ROOT, 'scripts', 'laneway.mjs'), 'restore'];
    if (copy !== null) parts.push(resolve(copy));
    parts.push('--data-dir', resolve(directory));
    return ['node', ...parts.map(quoted)].join(' ');
  }
  const parts = copy === null ? [] : [copy];
  if (directory !== 'data') parts.push('--data-dir', directory);
  return ['npm run laneway -- restore', ...parts.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `"${word}"`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
