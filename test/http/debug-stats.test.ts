import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { call, ended, movableClock, server, stopAll, type AssignmentBody } from './operator.ts';

afterEach(stopAll);

interface Stats {
  readonly requests: number;
  readonly errors: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly minutes: readonly { readonly at: string; readonly requests: number; readonly errors: number }[];
}

interface Shown extends AssignmentBody {
  readonly stats: Stats | null;
  readonly last_duration_ms: number | null;
  readonly durations: readonly { readonly target: string; readonly last_ms: number }[];
  readonly last_model: { readonly provider: string; readonly model_id: string } | null;
  readonly last_at: string | null;
}

interface List {
  readonly available: readonly {
    readonly model_id: string;
    readonly context_length: number | null;
    readonly price: object | null;
  }[];
  readonly assignments: Readonly<Record<string, Shown>>;
  readonly lanes: Readonly<Record<string, Shown>>;
}

async function list(gateway: TestGateway): Promise<List> {
  return (await call<List>(gateway, 'GET', '/api/debug/models')).body;
}

async function ask(gateway: TestGateway, model: string): Promise<void> {
  await gateway.trace(await gateway.chat({ model }));
}

test('nodes and lanes show exactly the requests that they had, and errors among them', async () => {
  const fine = await server('fine');
  const broken = await startFakeUpstream(chatScript(() => json(400, { error: { message: 'no' } })));
  ended({ stop: () => broken.close() });
  const nodes = { evaluate: { lane: 'main' }, broken: { model: 'b/m' }, idle: { lane: 'side' } };
  const lanes = { main: { preferred: ['a/m'] }, side: { preferred: ['a/m'] } };
  const config = { ...laneOver([fine.url, broken.url]), nodes, lanes };
  const gateway = ended(await startGateway({ config, discover: false }));
  const before = await list(gateway);
  expect([before.assignments['evaluate']?.stats, before.lanes['main']?.stats]).toEqual([null, null]);

  for (const model of ['evaluate', 'evaluate', 'lane:main', 'broken', 'broken', 'a/m'])
    await ask(gateway, model);
  const { assignments, lanes: shown } = await list(gateway);
  const counts = ({ stats }: Shown): unknown => stats && [stats.requests, stats.errors];
  expect(Object.fromEntries(Object.entries(assignments).map(([name, each]) => [name, counts(each)]))).toEqual(
    {
      evaluate: [2, 0],
      broken: [2, 2],
      idle: null,
    },
  );
  expect(Object.fromEntries(Object.entries(shown).map(([name, each]) => [name, counts(each)]))).toEqual({
    main: [3, 0],
    side: null,
  });
  const stats = assignments['evaluate']?.stats;
  expect(stats?.minutes.reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
  expect(stats?.minutes[0]?.at).toMatch(/:00\.000Z$/);
  expect(stats?.p50_ms).toBeGreaterThan(0);
  expect(stats?.p95_ms).toBeGreaterThanOrEqual(stats?.p50_ms ?? Infinity);
  expect(assignments['broken']?.stats).toMatchObject({ p50_ms: null, p95_ms: null });
});

test('the same is shown by the read of one node or lane, and after a switch', async () => {
  const gateway = ended(await startGateway({ config: laneOver([(await server('hi')).url]) }));
  await ask(gateway, 'evaluate');
  for (const name of ['evaluate', 'lane:main']) {
    const one = await call<Shown>(gateway, 'GET', `/api/debug/models/${name}`);
    expect(one.body.stats?.requests).toBe(1);
    const put = { provider: 'a', model_id: 'm' };
    expect((await call<Shown>(gateway, 'PUT', `/api/debug/models/${name}`, put)).body.stats?.requests).toBe(
      1,
    );
  }
});

test('half an hour later the requests no longer count, and the object stays', async () => {
  const clock = movableClock();
  const config = laneOver([(await server('hi')).url]);
  const gateway = ended(await startGateway({ config, clock, discover: false }));
  await ask(gateway, 'evaluate');
  clock.forward(31 * 60_000);
  expect((await list(gateway)).assignments['evaluate']?.stats).toEqual({
    ...{ requests: 0, errors: 0, p50_ms: null, p95_ms: null },
    minutes: [],
  });
});

test('a lane shows its last target and the last two durations, also after a restart', async () => {
  const config = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const folder = mkdtempSync(join(tmpdir(), 'laneway-lanes-'));
  ended({
    stop: () => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  });
  const first = await startGateway({ config, folder, discover: false });
  await ask(first, 'evaluate');
  await call(first, 'PUT', '/api/debug/models/lane:main', { provider: 'b', model_id: 'm' });
  await ask(first, 'lane:main');
  const before = (await list(first)).lanes['main'];
  expect(before?.durations.map(({ target }) => target)).toEqual(['b/m', 'a/m']);
  expect([before?.last_model, before?.last_duration_ms]).toEqual([
    { provider: 'b', model_id: 'm' },
    before?.durations[0]?.last_ms,
  ]);

  await first.stop();
  const second = ended(await startGateway({ config, folder, discover: false }));
  const after = (await list(second)).lanes['main'];
  expect([after?.durations, after?.last_at, after?.stats]).toEqual([
    before?.durations,
    before?.last_at,
    null,
  ]);
});

test('every lane is listed with the model that it would use now, and its override', async () => {
  const config = laneOver([(await server('a')).url, (await server('b')).url]);
  const lanes = { main: { preferred: ['a/m'] }, empty: {}, side: { preferred: ['b/m', 'a/m'] } };
  const gateway = ended(await startGateway({ config: { ...config, lanes }, discover: false }));
  const put = { provider: 'b', model_id: 'm', reason: 'try it', expires_in_s: 60 };
  await call(gateway, 'PUT', '/api/debug/models/lane:main', put);
  const shown = (await list(gateway)).lanes;
  expect(Object.keys(shown)).toEqual(['empty', 'main', 'side']);
  expect(shown['main']).toMatchObject({
    ...{ provider: 'b', model_id: 'm', lane: 'main', is_default: false, reason: 'try it', actor: 'local' },
    default: { provider: 'a', model_id: 'm', lane: 'main' },
  });
  expect(shown['side']).toMatchObject({ provider: 'b', is_default: true, expires_at: null });
  // A lane without a model of its own uses those of the default lane.
  expect(shown['empty']).toMatchObject({ provider: 'b', model_id: 'm', lane: 'empty' });
});

test('models show their context window and configured price, null where unknown', async () => {
  const config = {
    ...laneOver(['http://127.0.0.1:2']),
    models: {
      'a/m': {
        capabilities: { context_length: 131_072 },
        price: { input_usd_per_mtok: 0.59, output_usd_per_mtok: 0.79 },
      },
      'a/plain': {},
    },
  };
  const gateway = ended(await startGateway({ config, discover: false }));
  const { available } = await list(gateway);
  expect(available.map(({ model_id, context_length, price }) => [model_id, context_length, price])).toEqual([
    ['m', 131_072, { input_usd_per_mtok: 0.59, output_usd_per_mtok: 0.79 }],
    ['plain', null, null],
  ]);
});
