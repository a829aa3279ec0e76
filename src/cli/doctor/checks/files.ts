import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { unreadFileWarnings } from '../../../config/files/unread-files.ts';
import { PACKAGE_ROOT } from '../../../util/package-root.ts';
import { namedVariables } from '../../dot-env-warnings.ts';
import { readDotEnv } from '../../dot-env.ts';
import { splitAdvice } from '../advice.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext, FilesView } from '../context.ts';

/** Are there files that were meant for Laneway, but are not read? */
export const filesCheck: Check = {
  name: 'files',
  run: ({ files, variables }) => {
    if (files?.configDirectory == null) return [];
    const { configDirectory } = files;
    const found = [
      ...missingDirectory(configDirectory, variables),
      ...unreadIn(configDirectory, files),
      ...misplacedDotEnv(files, variables),
    ];
    return found.length > 0 ? found : [ok(summary(configDirectory, files.dotEnvFile))];
  },
};

/** Whether a warning of the configuration is about a file of its directory that is not read. */
export function isAboutFile(line: string, directory: string): boolean {
  return line.startsWith(directory) && /: (?:not read|ignored)\b/.test(line);
}

function missingDirectory(directory: string, variables: DoctorContext['variables']): Finding[] {
  if (existsSync(directory) || (variables['LANEWAY_CONFIG_DIR'] ?? '').trim() === '') return [];
  const found = `LANEWAY_CONFIG_DIR: ${directory} does not exist, so the shipped configuration is used`;
  return [fault('file_not_read', found, 'correct the path, or create the directory with your models.json')];
}

/** Read from the directory, since an invalid configuration has no warnings. */
function unreadIn(directory: string, { validation }: FilesView): Finding[] {
  const isShipped = resolve(directory) === join(PACKAGE_ROOT, 'config');
  const lines = new Set([
    ...(isShipped ? [] : unreadFileWarnings(directory)),
    ...(validation?.warnings ?? []).filter((line) => isAboutFile(line, directory)),
  ]);
  return [...lines].map((line) => {
    const { found, fix } = splitAdvice(
      line.replace(/; (?=profiles are read from|configuration files are)/, ': '),
    );
    return fault('file_not_read', found, fix ?? fixOf(line));
  });
}

function fixOf(line: string): string {
  if (line.includes('because models.json exists')) {
    return 'merge its entries into models.json or user_models.json, and remove it';
  }
  return 'move its content to a file that is read, or remove it';
}

/** Names that editors and people give to `.env`. */
const LOOKALIKES = ['.env', '.env.txt', 'env', 'env.txt', '.env.local', '.env.example'];

/**
 * Files like `.env` with variables of Laneway, at another place or under another name. Values are never shown. Keys that
 * are set anyway are not missed, and one in a folder that is not Laneway's may be another program's.
 */
function misplacedDotEnv(files: FilesView, variables: DoctorContext['variables']): Finding[] {
  const { dotEnvFile, workingDirectory, configDirectory, dataDirectory, validation } = files;
  const actual = resolve(workingDirectory, dotEnvFile);
  const own = [configDirectory, dataDirectory].flatMap((path) =>
    path === null ? [] : [resolve(workingDirectory, path)],
  );
  const lanewayFolders = new Set([dirname(actual), ...own]);
  const folders = new Set([
    ...lanewayFolders,
    resolve(workingDirectory),
    ...own.map((path) => dirname(path)),
  ]);
  const named = validation?.config == null ? [] : namedVariables(validation.config);
  const missing = named.filter((name) => (variables[name] ?? '') === '');
  const paths = [...folders].flatMap(lookalikesIn).filter((path) => path !== actual);
  return paths.flatMap((path) => {
    const names = variablesOf(path, missing);
    if (names.length === 0) return [];
    const isOurs = lanewayFolders.has(dirname(path)) || names.some((name) => name.startsWith('LANEWAY_'));
    const found = `${path}: not read, although it sets ${names.join(', ')}`;
    const finding = isOurs ? fault : warning;
    return [finding('file_not_read', found, `move these lines to ${actual}, which is the one that is read`)];
  });
}

function lookalikesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => LOOKALIKES.includes(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The missing keys that have a value in a file, and any `LANEWAY_` variable; the example has those as defaults. */
function variablesOf(path: string, missing: readonly string[]): string[] {
  const isExample = path.endsWith('.example');
  try {
    return Object.entries(readDotEnv(path)).flatMap(([name, value = '']) => {
      const isMeant = missing.includes(name) || (!isExample && name.startsWith('LANEWAY_'));
      return isMeant && value.trim() !== '' ? [name] : [];
    });
  } catch {
    return [];
  }
}

function summary(directory: string, dotEnvFile: string): string {
  const read = ['models.json', 'models.yaml', 'user_models.json'].filter((name) =>
    existsSync(join(directory, name)),
  );
  const files =
    read.length === 0 ? 'the shipped models.json' : read.map((name) => join(directory, name)).join(', ');
  return `read: ${files}${existsSync(dotEnvFile) ? `, ${dotEnvFile}` : ''}`;
}
