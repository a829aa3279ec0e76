import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StoredChange } from '../../src/protocol/stored-configuration.ts';
import { masterKey } from '../../src/util/master-key.ts';
import { open, rewrap, seal } from '../../src/store/secrets/seal.ts';
import { AT, auditOf, openForTest, temporaryFolder } from './harness.ts';

const LATER = '2026-01-02T00:00:00.000Z';
const KEY = masterKey(randomBytes(32));

function change(changes: Partial<StoredChange>): StoredChange {
  return {
    ...{ fingerprint: 'after', action: 'provider', subject: 'provider:own', from: null, to: null },
    ...{ reason: null, actor: 'local', at: AT },
    ...changes,
  };
}

describe('what calls have changed of the configuration', () => {
  test('survives a restart: providers, secrets and the active profile', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    const secret = seal('sk-fake', { name: 'own', version: 1 }, KEY);
    const providers = [{ key: 'own', value: '{"type":"vllm"}' }];
    await store.changeConfiguration(change({ providers, secrets: [{ key: 'own', value: secret }] }));
    await store.changeConfiguration(
      change({ activeProfile: 'coding', action: 'profile', subject: 'profile' }),
    );
    await store.close();

    const { configuration, generation } = await (await openForTest(directory)).load();
    expect(generation).toBe(2);
    expect(configuration.activeProfile).toBe('coding');
    expect(configuration.providers).toEqual([
      { id: 'own', entry: '{"type":"vllm"}', createdAt: AT, updatedAt: AT, validatedAt: null },
    ]);
    expect(configuration.secrets.map((sealed) => open(sealed, KEY))).toEqual(['sk-fake']);
  });

  test('is one generation and one audit row, with the fingerprint of the configuration after it', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    const providers = [
      { key: 'one', value: '{}' },
      { key: 'two', value: '{}' },
    ];
    expect(await store.changeConfiguration(change({ providers, to: 'two providers' }))).toEqual({
      generation: 1,
    });
    // The configuration of a start with the same files is not another change.
    const noted = { fingerprint: 'after', actor: 'local', summary: null, at: AT };
    expect(await store.noteConfiguration(noted)).toEqual({ generation: 1 });
    await store.close();
    expect(auditOf(directory)).toMatchObject([
      { seq: 1, action: 'provider', subject: 'provider:own', to: 'two providers' },
    ]);
  });

  test('keeps the time at which a provider was added when it changes, and forgets one that is removed', async () => {
    const store = await openForTest(temporaryFolder());
    await store.changeConfiguration(change({ providers: [{ key: 'own', value: '{}' }] }));
    await store.noteValidation('own', LATER);
    await store.changeConfiguration(
      change({ providers: [{ key: 'own', value: '{"enabled":false}' }], at: LATER }),
    );
    expect((await store.load()).configuration.providers).toEqual([
      { id: 'own', entry: '{"enabled":false}', createdAt: AT, updatedAt: LATER, validatedAt: LATER },
    ]);
    await store.changeConfiguration(change({ providers: [{ key: 'own', value: null }] }));
    expect((await store.load()).configuration.providers).toEqual([]);
  });

  test('a new master key replaces only the wrapped keys, and none of a secret that has changed meanwhile', async () => {
    const store = await openForTest(temporaryFolder());
    const next = masterKey(randomBytes(32));
    const old = seal('sk-fake-1', { name: 'changed', version: 1 }, KEY);
    const kept = seal('sk-fake-2', { name: 'kept', version: 1 }, KEY);
    const changed = seal('sk-fake-3', { name: 'changed', version: 2 }, next);
    await store.changeConfiguration(change({ secrets: [{ key: 'kept', value: kept }] }));
    await store.changeConfiguration(change({ secrets: [{ key: 'changed', value: changed }] }));
    await store.rewrapSecrets({
      ...{ secrets: [rewrap(old, KEY, next), rewrap(kept, KEY, next)], actor: 'local', at: LATER },
      ...{ from: KEY.check, to: next.check },
    });
    const { configuration, generation } = await store.load();
    expect(generation).toBe(2);
    expect(configuration.secrets.map((sealed) => open(sealed, next))).toEqual(['sk-fake-3', 'sk-fake-2']);
  });

  test('a rotation makes one audit row with its first part, whatever the number of parts and starts', async () => {
    const folder = temporaryFolder();
    const store = await openForTest(folder);
    const rotate = (to: string): Promise<void> =>
      store.rewrapSecrets({ secrets: [], from: 'one', to, actor: 'admin', at: AT });
    await rotate('two');
    await rotate('two');
    await rotate('three');
    await rotate('two');
    const { entries } = await store.listAudit({ limit: 10, before: null, subject: null });
    expect(entries).toMatchObject([
      { action: 'provider', subject: 'master_key', to: 'two' },
      { to: 'three' },
      { actor: 'admin', from: 'one', to: 'two' },
    ]);
    expect((await store.load()).generation).toBe(0);
  });
});
