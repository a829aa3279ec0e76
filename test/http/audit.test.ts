import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { withDatabase } from '../store/harness.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Page {
  readonly entries: readonly {
    readonly seq: number;
    readonly action: string;
    readonly subject: string;
    readonly hash: string;
  }[];
  readonly next: number | null;
}

async function audit(gateway: TestGateway, query = ''): Promise<Page> {
  return (await call<Page>(gateway, 'GET', `/api/audit${query}`)).body;
}

test('every change is in the audit, newest first, in pages that join without a gap', async () => {
  const config = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const gateway = ended(await startGateway({ config, discover: false }));
  const before = (await audit(gateway)).entries.length;
  for (const reason of ['one', 'two', 'three']) {
    const target = { provider: 'b', model_id: 'm', reason };
    await call(gateway, 'PUT', '/api/debug/models/evaluate', target);
  }
  await call(gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'b', model_id: 'm', reason: 'three' });
  await call(gateway, 'DELETE', '/api/debug/models/evaluate');
  const all = await audit(gateway);
  const changes = all.entries.slice(0, all.entries.length - before);
  expect(changes.map(({ action }) => action)).toEqual(['reset', 'switch', 'switch', 'switch']);
  expect(changes[0]).toMatchObject({ actor: 'local', subject: 'evaluate', from: 'b/m', to: 'lane:main' });
  for (const { hash } of changes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(changes.map(({ hash }) => hash)).size).toBe(4);

  const first = await audit(gateway, '?limit=3');
  expect(first.next).toBe(first.entries.at(-1)?.seq);
  const second = await audit(gateway, `?limit=3&before=${first.next ?? ''}`);
  expect([...first.entries, ...second.entries].map(({ seq }) => seq)).toEqual(
    all.entries.map(({ seq }) => seq),
  );
  expect(second.next).toBe(null);
});

test.each([
  ['?limit=0', 'limit'],
  ['?limit=501', 'limit'],
  ['?before=soon', 'before'],
  ['?page=2', 'page'],
])('%s is rejected by name', async (query, param) => {
  const gateway = ended(await startGateway({ config: laneOver([]), discover: false }));
  const { status, body } = await call(gateway, 'GET', `/api/audit${query}`);
  expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', param]);
});

test('what there is none of is an empty list, not a 404', async () => {
  const gateway = ended(await startGateway({ config: laneOver([]), discover: false }));
  for (const [path, body] of [
    ['/api/keys', { keys: [] }],
    ['/api/engines', { engines: [] }],
    ['/api/pools', { pools: [] }],
    ['/api/profiles', { active: null, profiles: [] }],
  ] as const) {
    const answer = await call(gateway, 'GET', path);
    expect([path, answer.status, answer.body]).toEqual([path, 200, body]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
});

test('the chain is verified while the gateway runs, and a changed row is named', async () => {
  const config = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const gateway = ended(await startGateway({ config, discover: false }));
  for (const reason of ['one', 'two', 'three']) {
    await call(gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'b', model_id: 'm', reason });
  }
  const verify = async (): Promise<object> => (await call<object>(gateway, 'GET', '/api/audit/verify')).body;
  const entries = (await audit(gateway)).entries.length;
  expect(await verify()).toEqual({ intact: true, entries, broken_at: null, fault: null });

  withDatabase(join(gateway.folder, 'data'), (database) => {
    database.prepare(`UPDATE audit_log SET actor = 'nobody' WHERE seq = ?`).run(entries - 1);
  });
  const fault = expect.stringContaining(`row ${entries - 1} `) as string;
  expect(await verify()).toEqual({ intact: false, entries: entries - 1, broken_at: entries - 1, fault });
});
