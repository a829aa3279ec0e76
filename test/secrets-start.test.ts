import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { runToEnd, startProcess, type EndedProcess } from './support/process.ts';

const files = {
  'models.json': {
    default_lane: 'main',
    providers: {
      up: { type: 'openai_compatible', base_url: 'http://127.0.0.1:59998/v1', api_key: 'secret:UP' },
    },
    lanes: { main: { preferred: ['up/m'] } },
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-secrets-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Stores one secret and ends the gateway. */
async function storeSecret(env: Record<string, string> = {}): Promise<void> {
  const laneway = await startProcess({ folder, files, env });
  const reply = await fetch(`${laneway.url}/api/secrets/UP`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: 'sk-fake-up-1234' }),
  });
  expect(reply.status).toBe(200);
  laneway.child.kill('SIGTERM');
  expect((await laneway.exit).code).toBe(0);
}

/** The hash of every file of the state, except those that each start writes. */
function state(): Record<string, string> {
  const data = join(folder, 'data');
  const names = readdirSync(data).filter((name) => /^(?:laneway\.db|master\.key.*)$/.test(name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(data, name)))
        .digest('hex'),
    ]),
  );
}

async function refusedStart(env: Record<string, string> = {}): Promise<EndedProcess> {
  const before = state();
  const ended = await runToEnd({ folder, env });
  expect(state()).toEqual(before);
  expect(ended.stderr).not.toContain('sk-fake');
  return ended;
}

async function readable(env: Record<string, string> = {}): Promise<unknown> {
  const laneway = await startProcess({ folder, env });
  const body: unknown = await (await fetch(`${laneway.url}/api/secrets`)).json();
  laneway.child.kill('SIGTERM');
  await laneway.exit;
  return body;
}

const STORED = { secrets: [{ name: 'UP', version: 1, readable: true }] };

test('a master key in the environment other than the stored one: exit 3 with both check values, nothing changed', async () => {
  await storeSecret();
  const { code, stderr } = await refusedStart({ LANEWAY_MASTER_KEY: randomBytes(32).toString('hex') });
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /check value [0-9a-f]{16}, but the check value of LANEWAY_MASTER_KEY is [0-9a-f]{16}/,
  );
  expect(await readable()).toEqual(STORED);
}, 60_000);

test('a missing master.key: exit 3, no new key is made, and with the key back everything is there', async () => {
  await storeSecret();
  const path = join(folder, 'data', 'master.key');
  const key = readFileSync(path);
  rmSync(path);
  const { code, stderr } = await refusedStart();
  expect(code).toBe(3);
  expect(stderr).toMatch(/check value [0-9a-f]{16}, and there is no master key/);
  writeFileSync(path, key);
  expect(await readable()).toEqual(STORED);
}, 60_000);

test('a truncated master.key: exit 3 that names the file', async () => {
  await storeSecret();
  const path = join(folder, 'data', 'master.key');
  truncateSync(path, 20);
  const { code, stderr } = await refusedStart();
  expect([code, stderr]).toEqual([3, expect.stringContaining('master.key must be 32 random bytes')]);
}, 60_000);

test('a master key that others can guess: exit 2 that names the variable, and never shows it', async () => {
  for (const weak of [
    'changeme',
    '00'.repeat(32),
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  ]) {
    const { code, stderr } = await runToEnd({ folder, files, env: { LANEWAY_MASTER_KEY: weak } });
    expect([code, stderr]).toEqual([2, expect.stringContaining('LANEWAY_MASTER_KEY')]);
    expect(stderr).not.toContain(weak);
  }
  expect(readdirSync(folder)).toEqual(['config']);
}, 60_000);

test('with LANEWAY_MASTER_KEY a rotation goes to the key in master.key.new, which is the variable from then on', async () => {
  const [old, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
  await storeSecret({ LANEWAY_MASTER_KEY: old });
  const laneway = await startProcess({ folder, env: { LANEWAY_MASTER_KEY: old } });
  const rotate = () => fetch(`${laneway.url}/api/secrets/rotate`, { method: 'POST' });
  const refused = await rotate();
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('master.key.new')]);
  writeFileSync(join(folder, 'data', 'master.key.new'), 'too short');
  expect((await rotate()).status).toBe(400);
  writeFileSync(join(folder, 'data', 'master.key.new'), `${next}\n`);
  expect(await (await rotate()).json()).toMatchObject({
    rotated: 1,
    next: expect.stringContaining('set LANEWAY_MASTER_KEY') as string,
  });
  await laneway.stop();
  expect(await readable({ LANEWAY_MASTER_KEY: next })).toEqual(STORED);
  rmSync(join(folder, 'data', 'master.key.new'));
  expect(await readable({ LANEWAY_MASTER_KEY: next })).toEqual(STORED);
  expect((await refusedStart({ LANEWAY_MASTER_KEY: old })).code).toBe(3);
}, 60_000);
