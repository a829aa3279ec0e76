import Database from 'better-sqlite3';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { startProcess, type GatewayProcess } from './support/process.ts';

const files = {
  'models.json': {
    default_lane: 'main',
    providers: { up: { type: 'openai_compatible', base_url: 'http://127.0.0.1:59998/v1' } },
    lanes: { main: { preferred: ['up/m'] } },
  },
};

/** Secrets that a rotation goes through. */
const SECRETS = 40;

let folder: string;
let laneway: GatewayProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-kill-'));
});
afterEach(async () => {
  await laneway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<GatewayProcess> {
  laneway = await startProcess({ folder, files });
  return laneway;
}

async function call(path: string, method: string, body?: unknown): Promise<Record<string, unknown>> {
  const reply = await fetch(`${laneway?.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(await reply.text());
  return (await reply.json()) as Record<string, unknown>;
}

interface Stored {
  readonly generation: number;
  /** The entry of the provider `own` and the version of its key. */
  readonly entry: unknown;
  readonly version: unknown;
  /** The audit rows of providers and secrets. */
  readonly audited: number;
  /** The check values of the master keys that encrypt secrets. */
  readonly keyChecks: readonly unknown[];
}

/** What the state file says, read by nobody but SQLite. */
function readState(): Stored {
  const database = new Database(join(folder, 'data', 'laneway.db'));
  try {
    const one = (sql: string): unknown => database.prepare(sql).pluck().get();
    expect(one('PRAGMA integrity_check')).toBe('ok');
    return {
      generation: Number(one("SELECT value FROM settings WHERE name = 'generation'")),
      entry: one("SELECT entry FROM providers WHERE id = 'own'"),
      version: one("SELECT version FROM secrets WHERE name = 'provider:own'"),
      audited: Number(one("SELECT count(*) FROM audit_log WHERE action = 'provider'")),
      keyChecks: database.prepare('SELECT DISTINCT key_check FROM secrets').pluck().all(),
    };
  } finally {
    database.close();
  }
}

/** Milliseconds after the call was sent: before, in and after its transaction. */
const MOMENTS = [0, 1, 2, 3, 4, 6, 9, 14];

test('kill -9 in the middle of a provider change leaves the old or the new one, with its key and its audit row', async () => {
  await start();
  const name = (index: number): string => `Own ${index}`;
  await call('/api/v1/llm/providers', 'POST', {
    ...{
      id: 'own',
      type: 'custom',
      base_url: 'http://127.0.0.1:59998/v1',
      name: name(0),
      api_key: 'sk-fake-key-0',
    },
  });
  let index = 0;
  for (const moment of MOMENTS) {
    const before = readState();
    const process = laneway;
    const change = call('/api/v1/llm/providers/own', 'PATCH', {
      name: name(index + 1),
      api_key: `sk-fake-key-${index + 1}`,
    });
    const done = change.then(
      () => true,
      () => false,
    );
    await sleep(moment);
    process?.child.kill('SIGKILL');
    await process?.exit;
    const after = readState();
    const isNew = after.generation > before.generation;
    if (await done) expect(isNew).toBe(true);
    index += isNew ? 1 : 0;
    expect(after).toMatchObject({
      generation: before.generation + (isNew ? 1 : 0),
      audited: before.audited + (isNew ? 1 : 0),
      version: Number(before.version) + (isNew ? 1 : 0),
    });
    expect(JSON.parse(String(after.entry))).toMatchObject({ name: name(index) });
    await start();
    expect(await call('/api/v1/llm/providers/own', 'GET')).toMatchObject({
      name: name(index),
      key: { set: true, from: 'secret:provider:own' },
    });
  }
}, 120_000);

test('kill -9 in the middle of an import stores all keys or none', async () => {
  await start();
  const ids = ['one', 'two', 'three'];
  for (const id of ids)
    await call('/api/v1/llm/providers', 'POST', {
      id,
      type: 'custom',
      base_url: 'http://127.0.0.1:59998/v1',
    });
  for (const [round, moment] of MOMENTS.entries()) {
    const before = readState();
    const process = laneway;
    const keys = Object.fromEntries(ids.map((id) => [id, `sk-fake-${id}-${round}`]));
    const imported = call('/api/secrets/import', 'POST', { keys }).catch(() => undefined);
    await sleep(moment);
    process?.child.kill('SIGKILL');
    await imported;
    await process?.exit;
    const after = readState();
    const changes = after.generation - before.generation;
    expect([0, 1]).toContain(changes);
    expect(after.audited - before.audited).toBe(changes);
    await start();
    const { secrets } = (await call('/api/secrets', 'GET')) as {
      secrets: { version: number; readable: boolean }[];
    };
    expect([0, 3]).toContain(secrets.length);
    expect(new Set(secrets.map(({ version }) => version)).size).toBeLessThan(2);
    expect(secrets.every(({ readable }) => readable)).toBe(true);
  }
}, 120_000);

/** Resolves once some secrets are encrypted with the new master key and some with the old one; false: none was caught. */
async function halfRotated(ended: () => boolean): Promise<boolean> {
  const database = new Database(join(folder, 'data', 'laneway.db'), { readonly: true });
  const checks = database.prepare('SELECT count(DISTINCT key_check) FROM secrets').pluck();
  try {
    while (!ended()) {
      if (Number(checks.get()) > 1) return true;
      await sleep(0);
    }
    return false;
  } finally {
    database.close();
  }
}

test('kill -9 in the middle of a rotation loses no secret, and the next start completes it with one audit row in all', async () => {
  await start();
  for (let at = 0; at < SECRETS; at += 1)
    await call(`/api/secrets/KEY_${at}`, 'PUT', { value: `sk-fake-key-${at}` });
  let interrupted = 0;
  // Before the first secret, and in the middle, which a fast machine may pass before it is seen.
  for (let cycle = 0; cycle < 12 && interrupted < 5; cycle += 1) {
    const before = readState();
    const process = laneway;
    let ended = false;
    const rotation = call('/api/secrets/rotate', 'POST')
      .catch(() => undefined)
      .finally(() => (ended = true));
    if (cycle > 1) await halfRotated(() => ended);
    process?.child.kill('SIGKILL');
    await rotation;
    await process?.exit;
    const killed = readState();
    const isBegun = killed.keyChecks.some((check) => !before.keyChecks.includes(check));
    expect(killed.generation).toBe(before.generation);
    if (isBegun) expect(killed.audited).toBe(before.audited + 1);
    if (killed.keyChecks.length > 1) interrupted += 1;
    await start();
    const { secrets } = (await call('/api/secrets', 'GET')) as {
      secrets: { readable: boolean; version: number }[];
    };
    expect(secrets.filter(({ readable, version }) => readable && version === 1)).toHaveLength(SECRETS);
    const after = readState();
    expect(after.keyChecks).toHaveLength(1);
    const isNew = after.keyChecks[0] !== before.keyChecks[0];
    expect(after.audited).toBe(before.audited + (isNew ? 1 : 0));
    expect(existsSync(join(folder, 'data', 'master.key.new'))).toBe(false);
  }
  expect(interrupted).toBeGreaterThan(0);
}, 120_000);

test('a ciphertext that was moved to another row of the database does not open, and the rest is served', async () => {
  await start();
  for (const name of ['ONE', 'TWO', 'THREE'])
    await call(`/api/secrets/${name}`, 'PUT', { value: `sk-fake-${name}` });
  await laneway?.stop();
  const database = new Database(join(folder, 'data', 'laneway.db'));
  database
    .prepare(
      `UPDATE secrets SET (wrapped_key, data) =
        (SELECT wrapped_key, data FROM secrets WHERE name = 'ONE') WHERE name = 'TWO'`,
    )
    .run();
  database.close();
  await start();
  expect(await call('/api/secrets', 'GET')).toEqual({
    secrets: [
      { name: 'ONE', version: 1, readable: true },
      { name: 'THREE', version: 1, readable: true },
      { name: 'TWO', version: 1, readable: false },
    ],
  });
  expect(laneway?.stderr()).toContain('set it again');
  expect(await call('/api/secrets/TWO', 'PUT', { value: 'sk-fake-TWO' })).toMatchObject({ version: 2 });
}, 60_000);
