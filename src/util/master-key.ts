import { createHmac } from 'node:crypto';

/** Length of a master key in bytes: AES-256 takes 32. */
const KEY_BYTES = 32;

/** Fewer distinct bytes than this are no random key: 32 random bytes have 24 or fewer once in ten million keys. */
const MIN_DISTINCT_BYTES = 16;

/** A key that encrypts the data keys of secrets, with the value by which it is recognised. */
export interface MasterKey {
  readonly bytes: Buffer;
  /** 16 hex digits derived from the key, which do not reveal it: stored with each secret, and named in errors. */
  readonly check: string;
}

/** A text is no master key. The message completes a sentence that begins with the name of the variable or the file. */
export class InvalidMasterKey extends Error {
  override readonly name = 'InvalidMasterKey';
}

/**
 * Reads a master key: 32 random bytes as 64 hex digits or in base64 (also the URL-safe form). Throws `InvalidMasterKey`,
 * whose message never contains the key, for another length and for keys that are not random or that examples contain.
 */
export function parseMasterKey(text: string): MasterKey {
  const bytes = decode(text.trim());
  if (bytes?.length !== KEY_BYTES) {
    throw new InvalidMasterKey(
      'must be 32 random bytes in hex (64 digits) or base64 (44 characters); "openssl rand -hex 32" makes such a key',
    );
  }
  if (isPredictable(bytes)) {
    throw new InvalidMasterKey(
      'is a key that others can guess, such as an example of a manual; make a random one with "openssl rand -hex 32"',
    );
  }
  return masterKey(bytes);
}

/** A master key of 32 random bytes. */
export function masterKey(bytes: Buffer): MasterKey {
  const check = createHmac('sha256', bytes).update('laneway master key').digest('hex').slice(0, 16);
  return { bytes, check };
}

function decode(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  // Node's decoder ignores what is not base64, so the form is checked first.
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null;
}

/** Repeated bytes, runs such as 00 01 02 …, and text: published keys are one of these. */
function isPredictable(bytes: Buffer): boolean {
  if (new Set(bytes).size < MIN_DISTINCT_BYTES) return true;
  const steps = new Set(bytes.subarray(1).map((byte, index) => byte - (bytes[index] ?? 0)));
  return steps.size === 1 || bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}
