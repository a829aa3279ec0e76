import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile, syncFile } from '../../util/durable.ts';
import { parseMasterKey, type MasterKey } from '../../util/master-key.ts';

/** The path of the master key in a state directory; used where `LANEWAY_MASTER_KEY` is not set. */
export function keyPath(directory: string): string {
  return join(directory, 'master.key');
}

/** The path of the master key that a rotation changes to; it exists only while a rotation is not complete. */
export function nextKeyPath(directory: string): string {
  return join(directory, 'master.key.new');
}

/**
 * Reads a key file; null when there is none. A file that others may read gets mode 0600. Throws `InvalidMasterKey`, or
 * the error of the file system.
 */
export function readKeyFile(path: string): MasterKey | null {
  if (!existsSync(path)) return null;
  const key = parseMasterKey(readFileSync(path, 'utf8'));
  // Windows has no file modes.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return key;
}

/**
 * Writes a new random key, readable by the owner only, and returns it. The file appears complete or not at all, and
 * survives a power cut. The caller must hold the lock of the state directory. Throws the error of the file system.
 */
export function createKeyFile(path: string): MasterKey {
  const text = randomBytes(32).toString('hex');
  const unfinished = `${path}.tmp`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${text}\n`, { mode: 0o600, flag: 'wx' });
  syncFile(unfinished);
  replaceFile(unfinished, path);
  return parseMasterKey(text);
}
