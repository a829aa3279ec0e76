import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealedSecret } from '../../protocol/stored-configuration.ts';
import type { MasterKey } from '../../util/master-key.ts';

const ALGORITHM = 'aes-256-gcm';
/** NIST SP 800-38D recommends nonces of 96 bits. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * What identifies a sealed text: it opens only under the same name and version. Versions of a name start at 1 again after
 * it was removed. That is no weakness: each text has a data key of its own, so nothing is encrypted twice with one key,
 * and somebody who can write rows could put back an earlier one whole, with its version.
 */
export type SealedName = Pick<SealedSecret, 'name' | 'version'>;

/** A sealed secret was not made with this key, or is damaged, or belongs to another row. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';
}

/** Encrypts a text with a data key of its own, which the master key encrypts. */
export function seal(text: string, named: SealedName, key: MasterKey): SealedSecret {
  const dataKey = randomBytes(KEY_BYTES);
  return {
    ...named,
    keyCheck: key.check,
    wrappedKey: encrypt(dataKey, key.bytes, associated('key', named)),
    data: encrypt(Buffer.from(text, 'utf8'), dataKey, associated('data', named)),
  };
}

/** Decrypts a secret. Throws `CannotOpen`. */
export function open(sealed: SealedSecret, key: MasterKey): string {
  return decrypt(sealed.data, unwrap(sealed, key), associated('data', sealed), sealed).toString('utf8');
}

/** The same secret for another master key; only the data key is encrypted again. Throws `CannotOpen`. */
export function rewrap(sealed: SealedSecret, from: MasterKey, to: MasterKey): SealedSecret {
  const dataKey = unwrap(sealed, from);
  return { ...sealed, keyCheck: to.check, wrappedKey: encrypt(dataKey, to.bytes, associated('key', sealed)) };
}

function unwrap(sealed: SealedSecret, key: MasterKey): Buffer {
  return decrypt(sealed.wrappedKey, key.bytes, associated('key', sealed), sealed);
}

/** Binds a ciphertext to its row and its place in it, so that one that was moved does not open. */
function associated(part: 'key' | 'data', { name, version }: SealedName): Buffer {
  return Buffer.from(JSON.stringify(['laneway', part, name, version]), 'utf8');
}

function encrypt(text: Buffer, key: Buffer, associatedData: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(associatedData);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(sealed: Uint8Array, key: Buffer, associatedData: Buffer, { name }: SealedName): Buffer {
  const bytes = Buffer.from(sealed);
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new CannotOpen(`secret "${name}" cannot be decrypted with this master key`);
  }
}
