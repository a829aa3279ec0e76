import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a rename in this folder outlast a power cut. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') sync(folder, 'r');
}

/** Gives a synced file the name of another, which it replaces at once, and makes that outlast a power cut. */
export function replaceFile(temporary: string, path: string): void {
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/**
 * Puts what was written of a file on the disk. Not for a database that this process has open: closing the file a
 * second time drops the locks that SQLite holds on it (POSIX advisory locks belong to the process).
 */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
