import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RewrapChange, SealedSecret } from '../../../src/protocol/stored-configuration.ts';
import { StoreFault } from '../../../src/store/files/fault.ts';
import { keyPath, nextKeyPath } from '../../../src/store/secrets/key-file.ts';
import { masterKey, type MasterKey } from '../../../src/util/master-key.ts';
import { SecretVault } from '../../../src/store/secrets/vault.ts';

let directory: string;
let errors: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'laneway-vault-'));
  errors = [];
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function vault(sealed: readonly SealedSecret[] = [], environmentKey: MasterKey | null = null): SecretVault {
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, line: string) => errors.push(line),
  };
  return new SecretVault({ directory, environmentKey, sealed, log });
}

/** Seals and applies secrets, as a change that was stored. */
function filled(texts: Record<string, string>, environmentKey: MasterKey | null = null): SealedSecret[] {
  const made = vault([], environmentKey);
  return Object.entries(texts).map(([name, text]) => made.seal(name, text));
}

/** A store in memory; fails at the given write, as a process that is killed there. */
function rows(sealed: readonly SealedSecret[], failAt = Number.POSITIVE_INFINITY) {
  const stored = new Map(sealed.map((secret) => [secret.name, secret]));
  let writes = 0;
  return {
    all: () => [...stored.values()],
    rewrapSecrets: ({ secrets }: RewrapChange): Promise<void> => {
      writes += 1;
      if (writes > failAt) return Promise.reject(new Error('killed'));
      for (const secret of secrets) stored.set(secret.name, secret);
      return Promise.resolve();
    },
  };
}

function faultOf(open: () => unknown): StoreFault {
  try {
    open();
  } catch (error) {
    if (error instanceof StoreFault) return error;
    throw error;
  }
  throw new Error('no fault');
}

/** Who rotates, and when. */
const BY = { actor: 'local', at: '2026-01-01T00:00:00.000Z' };

const TEXTS = { anthropic: 'sk-fake-a', groq: 'sk-fake-g', openai: 'sk-fake-o' };

describe('secrets of a state directory', () => {
  test('need no key file until the first is stored, and are read again after a restart', () => {
    expect(vault().get('openai')).toBeUndefined();
    expect(existsSync(keyPath(directory))).toBe(false);
    const again = vault(filled(TEXTS));
    expect(again.get('groq')).toBe('sk-fake-g');
    expect(again.list().map(({ name }) => name)).toEqual(['anthropic', 'groq', 'openai']);
  });

  test('with a key in the environment leave no key file', () => {
    const key = masterKey(randomBytes(32));
    expect(vault(filled(TEXTS, key), key).get('openai')).toBe('sk-fake-o');
    expect(existsSync(keyPath(directory))).toBe(false);
  });

  test('have a new version with each change, and none after removal', () => {
    const one = vault();
    for (const text of ['sk-fake-1', 'sk-fake-2']) {
      one.apply([{ key: 'openai', value: one.seal('openai', text) }]);
    }
    expect(one.list()).toEqual([{ name: 'openai', version: 2, readable: true }]);
    one.apply([{ key: 'openai', value: null }]);
    expect(one.get('openai')).toBeUndefined();
  });

  test('refuse a start with another key or without one: exit 3, with both check values, and nothing is written', () => {
    const sealed = filled(TEXTS);
    const written = readFileSync(keyPath(directory), 'utf8');
    const other = masterKey(randomBytes(32));
    const wrong = faultOf(() => vault(sealed, other));
    expect(wrong.exitCode).toBe(3);
    expect(wrong.message).toContain(sealed[0]?.keyCheck);
    expect(wrong.message).toContain(other.check);
    expect(readFileSync(keyPath(directory), 'utf8')).toBe(written);
    rmSync(keyPath(directory));
    const missing = faultOf(() => vault(sealed));
    expect(missing.message).toContain('there is no master key');
    expect(existsSync(keyPath(directory))).toBe(false);
  });

  test('refuse a start with a damaged key file and leave it as it is', () => {
    writeFileSync(keyPath(directory), 'half a k');
    expect(faultOf(() => vault()).message).toContain('master.key');
    expect(readFileSync(keyPath(directory), 'utf8')).toBe('half a k');
  });

  test('that are damaged or moved to another row have no value and are reported; the others work', () => {
    const [first, second, third] = filled(TEXTS) as [SealedSecret, SealedSecret, SealedSecret];
    const opened = vault([first, { ...second, wrappedKey: third.wrappedKey, data: third.data }, third]);
    expect(opened.get('groq')).toBeUndefined();
    expect(opened.get('openai')).toBe('sk-fake-o');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('"groq"');
    expect(opened.list()[1]).toEqual({ name: 'groq', version: 1, readable: false });
  });
});

describe('a rotation of the master key', () => {
  test('leaves only the new key file, which opens all secrets', async () => {
    const sealed = filled(TEXTS);
    const before = readFileSync(keyPath(directory), 'utf8');
    const store = rows(sealed);
    const rotated = await vault(sealed).rotate(store, BY);
    expect(rotated).toMatchObject({ rotated: 3, next: null });
    expect(readFileSync(keyPath(directory), 'utf8')).not.toBe(before);
    expect(existsSync(nextKeyPath(directory))).toBe(false);
    const after = vault(store.all());
    expect(Object.keys(TEXTS).map((name) => after.get(name))).toEqual(Object.values(TEXTS));
    expect(store.all().map(({ keyCheck }) => keyCheck)).toEqual(Array(3).fill(rotated.check));
  });

  test.each([0, 1, 2])(
    'that is interrupted after %i secrets is completed after a restart',
    async (failAt) => {
      const sealed = filled(TEXTS);
      const store = rows(sealed, failAt);
      await expect(vault(sealed).rotate(store, BY)).rejects.toThrow('killed');
      const restarted = vault(store.all());
      expect(restarted.isRotating).toBe(true);
      expect(Object.keys(TEXTS).map((name) => restarted.get(name))).toEqual(Object.values(TEXTS));
      const completing = rows(store.all());
      expect((await restarted.rotate(completing, BY)).rotated).toBe(3 - failAt);
      expect(vault(completing.all()).isRotating).toBe(false);
      expect(vault(completing.all()).get('openai')).toBe('sk-fake-o');
    },
  );

  test('encrypts a secret that is set meanwhile with the new key', async () => {
    const sealed = filled(TEXTS);
    const one = vault(sealed);
    const store = rows(sealed, 1);
    await expect(one.rotate(store, BY)).rejects.toThrow('killed');
    const added = one.seal('xai', 'sk-fake-x');
    await one.rotate(rows(store.all()), BY);
    expect(added.keyCheck).toBe(one.seal('other', 'sk-fake').keyCheck);
  });

  test('of a key in the environment needs the new key in a file, and then names the variable to change', async () => {
    const key = masterKey(randomBytes(32));
    const sealed = filled(TEXTS, key);
    const store = rows(sealed);
    await expect(vault(sealed, key).rotate(store, BY)).rejects.toThrow('master.key.new');
    const next = randomBytes(32);
    writeFileSync(nextKeyPath(directory), next.toString('hex'));
    const rotated = await vault(sealed, key).rotate(store, BY);
    expect(rotated.next).toContain('LANEWAY_MASTER_KEY');
    expect(vault(store.all(), masterKey(next)).get('openai')).toBe('sk-fake-o');
  });
});
