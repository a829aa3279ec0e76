import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { masterKey } from '../../../src/util/master-key.ts';
import type { SealedSecret } from '../../../src/protocol/stored-configuration.ts';
import { CannotOpen, open, rewrap, seal } from '../../../src/store/secrets/seal.ts';

const KEY = masterKey(randomBytes(32));
const OTHER = masterKey(randomBytes(32));
const NAMED = { name: 'openai', version: 1 };

/** The sealed secret with one bit changed. */
function flipped(sealed: SealedSecret, field: 'wrappedKey' | 'data', bit: number): SealedSecret {
  const bytes = Buffer.from(sealed[field]);
  const index = (bit >> 3) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7));
  return { ...sealed, [field]: bytes };
}

describe('an encrypted secret', () => {
  test('opens again as the text that was stored, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(open(seal(text, NAMED, KEY), KEY)).toBe(text);
      }),
    );
  });

  test('does not contain the text', () => {
    const { data, wrappedKey } = seal('sk-fake-0123456789', NAMED, KEY);
    expect(Buffer.concat([data, wrappedKey]).includes('sk-fake')).toBe(false);
  });

  test('opens with no other master key', () => {
    expect(() => open(seal('sk-fake', NAMED, KEY), OTHER)).toThrow(CannotOpen);
  });

  test('does not open after it was moved to another row, or put back as another version of its own', () => {
    const sealed = seal('sk-fake', NAMED, KEY);
    expect(() => open({ ...sealed, name: 'groq' }, KEY)).toThrow('"groq" cannot be decrypted');
    expect(() => open({ ...sealed, version: 2 }, KEY)).toThrow(CannotOpen);
    const other = seal('sk-fake-2', { name: 'groq', version: 1 }, KEY);
    expect(() => open({ ...sealed, data: other.data }, KEY)).toThrow(CannotOpen);
    expect(() => open({ ...sealed, wrappedKey: other.wrappedKey }, KEY)).toThrow(CannotOpen);
  });

  test('does not open when a bit of it has changed, or a part is missing', () => {
    const sealed = seal('sk-fake', NAMED, KEY);
    fc.assert(
      fc.property(fc.constantFrom('wrappedKey', 'data'), fc.nat({ max: 400 }), (field, bit) => {
        expect(() => open(flipped(sealed, field, bit), KEY)).toThrow(CannotOpen);
        const cut = { ...sealed, [field]: sealed[field].subarray(0, bit % sealed[field].length) };
        expect(() => open(cut, KEY)).toThrow(CannotOpen);
      }),
    );
  });

  test('opens with the new master key alone after a rotation', () => {
    const rotated = rewrap(seal('sk-fake', NAMED, KEY), KEY, OTHER);
    expect(rotated.keyCheck).toBe(OTHER.check);
    expect(open(rotated, OTHER)).toBe('sk-fake');
    expect(() => open(rotated, KEY)).toThrow(CannotOpen);
  });
});
