import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Far more than any configuration needs; reading and judging it takes a fraction of a second. */
const MAX_BYTES = 2 * 1024 * 1024;

/** A file's bytes, or why it cannot be read, as the rest of a sentence; null when there is none. */
export type ReadFile = { readonly bytes: Buffer } | { readonly fault: string } | null;

/**
 * Reads a file of the configuration at once: a regular one of at most 2 MiB. What else has its name (a pipe, a device)
 * could hold the process for ever.
 */
export function readRegularFile(file: string): ReadFile {
  let descriptor: number | null = null;
  try {
    // A pipe that nobody writes would otherwise be waited for here. Windows has no such flag: `|` takes it for 0.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isDirectory()) return { fault: 'cannot be read (it is a directory)' };
    if (!status.isFile()) return { fault: 'cannot be read (it is no regular file)' };
    if (status.size > MAX_BYTES)
      return { fault: `is too large (${status.size} bytes; at most 2 MiB are read)` };
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
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ELOOP: 'its links go in a circle',
  ENXIO: 'it is no regular file',
};
