import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Far more than any configuration needs, and still parsed in a fraction of a second. */
const MAX_BYTES = 2 * 1024 * 1024;

/** The bytes of a file, or a fault as a predicate ("cannot be read …"); null when the file does not exist. */
export type ReadFile = { readonly bytes: Buffer } | { readonly fault: string } | null;

/**
 * Reads a configuration file synchronously. Only regular files of at most 2 MiB are read: a pipe or a device could
 * block the process forever.
 */
export function readRegularFile(file: string): ReadFile {
  let descriptor: number | null = null;
  try {
    // Otherwise opening a pipe without a writer blocks. On Windows the flag is undefined, which `|` treats as 0.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isDirectory()) return { fault: 'cannot be read (is a directory)' };
    if (!status.isFile()) return { fault: 'cannot be read (not a regular file)' };
    if (status.size > MAX_BYTES) return { fault: `is too large (${status.size} bytes; the limit is 2 MiB)` };
    return { bytes: readFileSync(descriptor) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'ENOENT' ? null : { fault: `cannot be read (${READ_ERRORS[code] ?? code})` };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'part of its path is not a directory',
  ELOOP: 'symbolic links form a loop',
  ENXIO: 'not a regular file',
};
