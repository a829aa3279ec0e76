import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { replaceFile, syncFile, syncFolder } from '../../util/durable.ts';

/** Mode of a new file: configuration files hold no keys. */
const MODE = 0o644;

/**
 * Writes a text file, which appears complete or not at all and survives a power cut. A file that is replaced is copied
 * first; its permissions stay. Returns the path of the copy; null when there was no file. Throws the error of the file
 * system.
 */
export function replaceText(path: string, text: string, now: Date): string | null {
  const exists = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const file = exists ? realpathSync(path) : targetOf(path);
  const mode = exists ? statSync(file).mode & 0o777 : MODE;
  mkdirSync(dirname(file), { recursive: true });
  const backup = exists ? copyOf(path, now) : null;
  // Two commands at once do not share it.
  const unfinished = `${file}.${process.pid}.new`;
  try {
    writeFileSync(unfinished, text, { mode });
    // The mask of the process has reduced the mode.
    chmodSync(unfinished, mode);
    syncFile(unfinished);
    replaceFile(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  return backup;
}

/** A link stays one, also while the file that it names does not exist yet. */
function targetOf(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? resolve(dirname(path), readlinkSync(path)) : path;
}

/** Copies a file to its folder, under a name that is not read as configuration. */
function copyOf(file: string, now: Date): string {
  const time = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const copy = join(dirname(file), `${basename(file)}.bak-${time}${suffix}`);
    try {
      copyFileSync(file, copy, constants.COPYFILE_EXCL);
      syncFile(copy);
      syncFolder(dirname(copy));
      return copy;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
  }
}
