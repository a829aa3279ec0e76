import { dirname, join, resolve } from 'node:path';

/**
 * A state directory that the gateway must not start on. `message` is one line for the terminal: `what` is wrong, and
 * what to do about it; `exitCode` is 3 when the state file is refused and 4 when another gateway holds the directory
 * (DESIGN section 9).
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

/** The fault of a state file that is refused: `what` is wrong with `path`, and how to put a copy in its place. */
export function refusedFile(path: string, what: string): StoreFault {
  const advice = `It was left as it is. To put the newest copy in its place, run: ${restoreCommand(dirname(path))}`;
  return new StoreFault(3, `${path} ${what}`, advice);
}

/** The fault of a second gateway on the same state directory. */
export function directoryInUse(directory: string, lock: string): StoreFault {
  return new StoreFault(
    4,
    `${directory} is in use by another gateway (it holds ${lock}): stop that one, or set LANEWAY_DATA_DIR to ` +
      'another directory',
  );
}

const ROOT = resolve(import.meta.dirname, '..', '..', '..');

/**
 * How `laneway restore` is typed for a state directory: in the repository's own directory through npm's script, else
 * by full paths, which hold wherever it is typed. `npx laneway` would ask the registry for a package of that name.
 */
export function restoreCommand(directory: string, copy: string | null = null): string {
  if (process.cwd() !== ROOT) {
    const parts = [join(ROOT, 'src', 'cli', 'laneway.mjs'), 'restore'];
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
