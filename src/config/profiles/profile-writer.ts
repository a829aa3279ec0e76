import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile, syncFile, syncFolder } from '../../util/durable.ts';

/** Readable by every user, as configuration files are: a profile holds no keys. */
const MODE = 0o644;

/**
 * Writes the file of a profile, which appears complete or not at all and survives a power cut. Returns a function that
 * restores what was there before. Throws the error of the file system.
 */
export function writeProfile(file: string, text: string): () => void {
  const before = bytesOf(file);
  mkdirSync(dirname(file), { recursive: true });
  put(file, text);
  return () => {
    if (before === null) removeProfile(file);
    else put(file, before);
  };
}

/** Removes the file of a profile, and makes that survive a power cut. Throws the error of the file system. */
export function removeProfile(file: string): void {
  rmSync(file);
  syncFolder(dirname(file));
}

function put(file: string, content: string | Uint8Array): void {
  const folder = dirname(file);
  // No `.json` at its end: a file that a killed process has left is no profile. The next write replaces it.
  const unfinished = join(folder, `.${file.slice(folder.length + 1)}.new`);
  rmSync(unfinished, { force: true });
  try {
    writeFileSync(unfinished, content, { mode: MODE, flag: 'wx' });
    // The mask of the process has reduced the mode.
    chmodSync(unfinished, MODE);
    syncFile(unfinished);
    replaceFile(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function bytesOf(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
