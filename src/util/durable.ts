import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a rename in this folder survive a power cut. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') sync(folder, 'r');
}

/** Replaces `path` atomically by a synced file, and makes that survive a power cut. */
export function replaceFile(temporary: string, path: string): void {
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/**
 * Syncs a file to the disk. Not for a database that this process has open: closing a second descriptor drops SQLite's
 * locks on the file (POSIX advisory locks belong to the process).
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

/** Makes `to` a hard link of `from`, or a copy where links are not supported or `to` is on another file system. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
