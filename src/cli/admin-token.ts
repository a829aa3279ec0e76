import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter tokens could be guessed. */
const MIN_LENGTH = 16;

/** The admin token, which is the operator's credential, and its file. */
export interface AdminToken {
  readonly token: string;
  readonly path: string;
  /** The token was just created. */
  readonly isNew: boolean;
}

/**
 * Reads `admin.token` in the state directory, or creates it: 32 random bytes in base64url, readable by the owner only.
 * The caller must hold the lock of the directory. Throws `UnusableToken` when there is no token and none can be created,
 * since a gateway that others can reach must not start without one.
 */
export function adminToken(directory: string): AdminToken {
  const path = join(directory, 'admin.token');
  try {
    const written = readToken(path);
    if (written !== null) return { token: written, path, isNew: false };
    const token = randomBytes(32).toString('base64url');
    // Renamed only when complete: an interrupted start must not leave a partial token.
    const unfinished = `${path}.new`;
    writeFileSync(unfinished, `${token}\n`, { mode: 0o600 });
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, path);
    return { token, path, isNew: true };
  } catch (error) {
    if (error instanceof UnusableToken) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UnusableToken(
      `${path} cannot be read or created (${code}): listening on an address other than loopback requires a token; make the state directory writable or set LANEWAY_ADMIN_TOKEN`,
    );
  }
}

/** There is no usable admin token. The message is one line for the operator. */
export class UnusableToken extends Error {
  override readonly name = 'UnusableToken';
}

/** null when the file is missing or empty. */
function readToken(path: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  if (text === '') return null;
  if (text.length < MIN_LENGTH || !/^[\x21-\x7e]+$/.test(text)) {
    throw new UnusableToken(
      `${path} must contain at least ${MIN_LENGTH} visible ASCII characters without spaces; remove the file to create a new token`,
    );
  }
  // Windows has no file modes.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}
