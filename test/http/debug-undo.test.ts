import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { assignment, call, ended, server, stopAll, type Answer, type AssignmentBody } from './operator.ts';

afterEach(stopAll);

async function setUp(): Promise<TestGateway> {
  const urls = [(await server('from a')).url, (await server('from b')).url, (await server('from c')).url];
  const config = {
    ...laneOver(urls),
    nodes: { evaluate: { model: 'a/m' }, vectors: { model: 'a/vec', kind: 'embeddings' } },
  };
  return ended(await startGateway({ config, discover: false }));
}

function put(gateway: TestGateway, provider: string, more: object = {}): Promise<Answer<AssignmentBody>> {
  return call(gateway, 'PUT', '/api/debug/models/evaluate', { provider, model_id: 'm', ...more });
}

function undo(gateway: TestGateway, body?: unknown, subject = 'evaluate'): Promise<Answer<AssignmentBody>> {
  return call(gateway, 'POST', `/api/debug/models/${subject}/undo`, body);
}

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly subject: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
}

async function history(gateway: TestGateway, subject = 'evaluate', query = ''): Promise<Entry[]> {
  const { body } = await call<{ entries: Entry[] }>(
    gateway,
    'GET',
    `/api/debug/models/${subject}/history${query}`,
  );
  return body.entries;
}

test('each undo goes back one step, down to the default; another one is an error', async () => {
  const gateway = await setUp();
  await put(gateway, 'b', { reason: 'cheaper' });
  await put(gateway, 'c', { reason: 'better' });
  const first = await undo(gateway, { reason: 'no better' });
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({
    ...{ node: 'evaluate', provider: 'b', is_default: false, generation: 4, warnings: [] },
    previous: { provider: 'c', model_id: 'm', lane: null },
  });
  const second = await undo(gateway);
  expect(second.body).toMatchObject({ provider: 'a', is_default: true, generation: 5 });
  const third = await undo(gateway);
  expect([third.status, third.body.error.code]).toEqual([400, 'invalid_body']);
  expect(third.body.error.message).toMatch(/nothing to undo/);
  expect((await assignment(gateway, 'evaluate')).generation).toBe(5);
});

test('a switch after an undo can be undone', async () => {
  const gateway = await setUp();
  await put(gateway, 'b');
  await undo(gateway);
  await put(gateway, 'c');
  expect((await undo(gateway)).body).toMatchObject({ provider: 'a', is_default: true });
});

test('history lists every change, newest first, including resets; undo restores what a reset dropped', async () => {
  const gateway = await setUp();
  await put(gateway, 'b', { reason: 'cheaper' });
  await call(gateway, 'POST', '/api/debug/models/reset');
  const entries = await history(gateway);
  expect(entries.map(({ action, subject, from, to, reason }) => [action, subject, from, to, reason])).toEqual(
    [
      ['reset', 'evaluate', 'b/m', 'a/m', null],
      ['switch', 'evaluate', 'a/m', 'b/m', 'cheaper'],
    ],
  );
  expect(await history(gateway, 'vectors')).toEqual([]);
  expect((await undo(gateway)).body).toMatchObject({ provider: 'b', reason: 'cheaper' });
});

test('history is paged', async () => {
  const gateway = await setUp();
  for (const provider of ['b', 'c', 'b']) await put(gateway, provider);
  const newest = await history(gateway, 'evaluate', '?limit=2');
  expect(newest.map(({ to }) => to)).toEqual(['b/m', 'c/m']);
  const older = await history(gateway, 'evaluate', `?limit=2&before=${newest[1]?.seq ?? ''}`);
  expect(older.map(({ to }) => to)).toEqual(['b/m']);
});

test('a target that is no longer fit is not restored unless forced', async () => {
  const gateway = await setUp();
  const forced = { provider: 'b', model_id: 'm', force: true };
  await call(gateway, 'PUT', '/api/debug/models/vectors', forced);
  await call(gateway, 'DELETE', '/api/debug/models/vectors');
  const refused = await undo(gateway, {}, 'vectors');
  expect([refused.status, refused.body.error.code]).toEqual([409, 'unfit_target']);
  expect(refused.body.error.detail.reasons.map(({ code }) => code)).toEqual(['wrong_kind']);
  const done = await undo(gateway, { force: true }, 'vectors');
  expect(done.body.provider).toBe('b');
  expect(done.body.warnings.map(({ code }) => code)).toEqual(['wrong_kind', 'vectors_do_not_mix']);
});

test('the model bar’s switch has a history and can be undone under lane:NAME', async () => {
  const gateway = await setUp();
  const switched = await call(gateway, 'POST', '/api/models/switch', { provider: 'b', model: 'm' });
  expect(switched.status).toBe(200);
  expect(await history(gateway, 'lane:main')).toMatchObject([
    { subject: 'lane:main', from: null, to: 'b/m' },
  ]);
  const { body } = await undo(gateway, undefined, 'lane%3Amain');
  expect(body).toMatchObject({
    ...{ node: 'lane:main', lane: 'main', provider: 'a', is_default: true, generation: 3 },
    previous: { provider: 'b', model_id: 'm', lane: 'main' },
  });
});

test('the model bar’s switch can be dropped on its own, under lane:NAME', async () => {
  const gateway = await setUp();
  await call(gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'c', model_id: 'm' });
  await call(gateway, 'POST', '/api/models/switch', { provider: 'b', model: 'm' });
  const dropped = await call<AssignmentBody>(gateway, 'DELETE', '/api/debug/models/lane:main');
  expect(dropped.body).toMatchObject({ node: 'lane:main', provider: 'a', is_default: true });
  expect((await history(gateway, 'lane:main'))[0]).toMatchObject({ action: 'reset', from: 'b/m', to: null });
  expect((await call(gateway, 'DELETE', '/api/debug/models/lane:nope')).status).toBe(404);
});

test('undoing the second of two model bar switches leaves the first, and still shows the default', async () => {
  const gateway = await setUp();
  for (const provider of ['b', 'c'])
    await call(gateway, 'POST', '/api/models/switch', { provider, model: 'm' });
  const { body } = await undo(gateway, undefined, 'lane:main');
  expect(body).toMatchObject({
    ...{ provider: 'b', model_id: 'm', lane: 'main', is_default: false },
    default: { provider: 'a', model_id: 'm', lane: 'main' },
  });
});

test.each([
  ['nope', 'node_not_found'],
  ['lane:nope', 'lane_not_found'],
])('history and undo of %s are 404', async (subject, code) => {
  const gateway = await setUp();
  for (const [method, what] of [
    ['GET', 'history'],
    ['POST', 'undo'],
  ] as const) {
    const answer = await call(gateway, method, `/api/debug/models/${subject}/${what}`);
    expect([answer.status, answer.body.error.code]).toEqual([404, code]);
  }
});
