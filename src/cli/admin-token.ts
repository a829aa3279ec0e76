import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A token shorter than this could be guessed. */
const LEAST_LENGTH = 16;

/** The operator's token, and the file it stands in. */
export interface AdminToken {
  readonly token: string;
  readonly path: string;
  /** It was made now. */
  readonly isNew: boolean;
}

/**
 * Reads `admin.token` of the state directory, or makes it: 32 random bytes in base64url, readable by its owner only
 * (DESIGN section 11). To be called by who holds the directory. Throws an `Error` for people when there is no way to a
 * token, since a gateway that others reach must not start without one.
 */
export function adminToken(directory: string): AdminToken {
  const path = join(directory, 'admin.token');
  try {
    const written = readToken(path);
    if (written !== null) return { token: written, path, isNew: false };
    const token = randomBytes(32).toString('base64url');
    // Under its own name only when it is whole: a start that was cut must leave no half token.
    const unfinished = `${path}.new`;
    writeFileSync(unfinished, `${token}\n`, { mode: 0o600 });
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, path);
    return { token, path, isNew: true };
  } catch (error) {
    if (error instanceof UnusableToken) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UnusableToken(
      `${path} cannot be read or made (${code}): whoever listens on more than loopback needs a token; make the state directory writable or set LANEWAY_ADMIN_TOKEN`,
    );
  }
}

/** There is no token to start with; the message is one line for people. */
export class UnusableToken extends Error {
  override readonly name = 'UnusableToken';
}

/** null when there is none, or an empty file. */
function readToken(path: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  if (text === '') return null;
  if (text.length < LEAST_LENGTH || !/^[\x21-\x7e]+$/.test(text)) {
    throw new UnusableToken(
      `${path} must hold one word of at least ${LEAST_LENGTH} ASCII characters: remove it, and a new one is made`,
    );
  }
  // Windows has no such modes.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}
