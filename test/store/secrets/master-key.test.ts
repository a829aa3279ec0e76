import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyFile, keyPath, readKeyFile } from '../../../src/store/secrets/key-file.ts';
import { InvalidMasterKey, parseMasterKey } from '../../../src/util/master-key.ts';

describe('LANEWAY_MASTER_KEY', () => {
  const bytes = randomBytes(32);

  test.each(['hex', 'base64', 'base64url'] as const)(
    'is accepted in %s, with white space around it',
    (encoding) => {
      expect(parseMasterKey(` ${bytes.toString(encoding)}\n`).bytes).toEqual(bytes);
    },
  );

  test('has a check value that is the same for each spelling and does not contain the key', () => {
    const { check } = parseMasterKey(bytes.toString('hex'));
    expect(parseMasterKey(bytes.toString('base64')).check).toBe(check);
    expect(check).toMatch(/^[0-9a-f]{16}$/);
    expect(bytes.toString('hex')).not.toContain(check);
  });

  test.each([
    ['an empty text', ''],
    ['a password', 'correct horse battery staple'],
    ['16 bytes', randomBytes(16).toString('hex')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['32 characters of text', 'my-32-character-ultra-secure-key'],
  ])('is rejected with the right form: %s', (_, text) => {
    expect(() => parseMasterKey(text)).toThrow('32 random bytes in hex (64 digits) or base64');
  });

  test.each([
    ['zeros', Buffer.alloc(32)],
    ['one repeated byte', Buffer.alloc(32, 0xab)],
    ['a short pattern', Buffer.alloc(32, '0123456789')],
    ['counting bytes', Buffer.from(Array.from({ length: 32 }, (_, index) => index))],
    ['counting bytes downwards', Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index))],
    ['encoded text', Buffer.from('my-32-character-ultra-secure-key')],
  ])('is rejected as a key that others can guess: %s', (_, weak) => {
    for (const encoding of ['hex', 'base64'] as const) {
      expect(() => parseMasterKey(weak.toString(encoding))).toThrow(InvalidMasterKey);
      expect(() => parseMasterKey(weak.toString(encoding))).toThrow('guess');
    }
  });

  test('never appears in an error', () => {
    const messages = ['sk-fake-short-master-key', Buffer.alloc(32, 'fake').toString('hex')].map((text) => {
      try {
        return parseMasterKey(text).check;
      } catch (error) {
        return (error as Error).message.includes(text);
      }
    });
    expect(messages).toEqual([false, false]);
  });
});

describe('the key file of a state directory', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'laneway-key-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test('is missing at first, then read as it was made, by the owner only', () => {
    const path = keyPath(directory);
    expect(readKeyFile(path)).toBeNull();
    const made = createKeyFile(path);
    expect(readKeyFile(path)).toEqual(made);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('is made although an earlier attempt was interrupted', () => {
    const path = keyPath(directory);
    writeFileSync(`${path}.tmp`, 'abc', { mode: 0o644 });
    createKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readKeyFile(path)).not.toBeNull();
  });

  test('becomes private again if others may read it', () => {
    const path = keyPath(directory);
    createKeyFile(path);
    chmodSync(path, 0o644);
    readKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is rejected when it contains something else', () => {
    const path = keyPath(directory);
    writeFileSync(path, 'abc');
    expect(() => readKeyFile(path)).toThrow(InvalidMasterKey);
  });
});
