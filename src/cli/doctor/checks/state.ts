import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { networkFileSystem } from '../../../store/files/file-system.ts';
import { databasePath } from '../../../store/files/paths.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';

/** Can the gateway write its state? */
export const stateCheck: Check = {
  name: 'state',
  run: async (context) => {
    const problem = problemOf(context);
    const directory = context.files?.dataDirectory ?? null;
    if (problem !== null) return [fault('state_not_writable', problem, fixOf(directory))];
    if (directory === null)
      return context.gateway?.details == null ? [] : [ok('the gateway writes its state')];
    const damage = context.gateway === null ? damageOf(databasePath(directory)) : null;
    if (damage !== null) return [fault('state_damaged', damage, FIX_DAMAGE)];
    return [...(await networkWarning(directory)), ok(`${directory} can be written`)];
  },
};

/** What the gateway says counts; without one, what the file system permits. */
function problemOf({ gateway, files }: DoctorContext): string | null {
  const { state } = gateway?.details ?? {};
  if (state !== undefined) {
    return state.available ? null : `the gateway runs without state: ${state.why ?? 'it cannot be written'}`;
  }
  return files?.dataDirectory == null ? null : obstacleIn(files.dataDirectory);
}

function fixOf(directory: string | null): string {
  const name = directory ?? 'its state directory';
  return `make ${name} a directory that the user of the gateway can write (chown, chmod), or set LANEWAY_DATA_DIR to another, then restart`;
}

/** Why a state directory cannot be written, or created; null: it can. Writes nothing. */
function obstacleIn(directory: string): string | null {
  const existing = nearestExisting(resolve(directory));
  if (!statSync(existing).isDirectory()) return `${existing} is a file, not a directory`;
  const database = databasePath(directory);
  for (const path of [existing, ...(existsSync(database) ? [database] : [])]) {
    try {
      accessSync(path, constants.W_OK);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      return `${path} cannot be written (${code})`;
    }
  }
  return null;
}

const FIX_DAMAGE =
  'restore a backup with laneway restore, or move the file away to start with an empty state: the gateway does not start with it';

/** What every SQLite file begins with (https://www.sqlite.org/fileformat.html). */
const SQLITE_HEADER = 'SQLite format 3\0';

/** Why a state file is not a database; null: it begins as one, or does not exist. Reads its first bytes only. */
function damageOf(path: string): string | null {
  if (!existsSync(path)) return null;
  const { size } = statSync(path);
  if (size === 0) return `${path} is empty`;
  const begin = Buffer.alloc(SQLITE_HEADER.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, begin, 0, begin.length, 0);
  } finally {
    closeSync(file);
  }
  return begin.toString('latin1') === SQLITE_HEADER ? null : `${path} is not a SQLite file`;
}

/** The directory itself, or the nearest above it that exists: the others are created at a start. */
export function nearestExisting(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : nearestExisting(parent);
}

async function networkWarning(directory: string): Promise<Finding[]> {
  const kind = await networkFileSystem(nearestExisting(resolve(directory)));
  if (kind === null) return [];
  const found = `${directory} is on a network file system (${kind}), which can corrupt the database`;
  return [warning('state_on_network', found, 'set LANEWAY_DATA_DIR to a directory on a local disk')];
}
