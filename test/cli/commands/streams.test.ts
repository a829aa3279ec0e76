import { expect, test } from 'vitest';
import { fakeGateway, laneway } from './harness.ts';

const request = (id: string, node: string, target: string | null): Record<string, unknown> => ({
  ...{
    id,
    state: target === null ? 'failed' : 'settled',
    started_at: '2026-01-01T00:00:00.000Z',
    node,
    target,
  },
  ...{ requested: `node:${node}`, lane: null, endpoint: '/v1/chat/completions', duration_ms: 12 },
  ...{
    status: target === null ? 502 : 200,
    error: target === null ? { message: 'no', code: 'upstream_dns' } : null,
  },
});

const event = (number: number, name: string, data: unknown): string =>
  `id: run-${number}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

const SWITCH = {
  node: 'evaluate',
  user: null,
  from: null,
  to: 'box/big',
  actor: 'admin',
  reason: 'faster',
  state: 'done',
};
const EVENTS = [
  ': comment\n\n',
  event(1, 'switch', SWITCH),
  event(2, 'health', { provider: 'box', target: 'box/big', code: 'breaker_open', cause: '5 failures' }),
  event(3, 'config', { generation: 4, changed: ['nodes.evaluate'], actor: 'local' }),
  event(4, 'discovery', { provider: 'box', added: ['a', 'b'], removed: [], models: 2 }),
  event(5, 'request', {
    requests: [request('req_1', 'evaluate', 'box/big'), request('req_2', 'plan', null)],
  }),
  event(6, 'pool', {
    ...{ name: 'gpu', state: 'ready', free_bytes: 2e9, resident: [{ model: 'box/a' }] },
    waiting: [{ model: 'box/b' }],
  }),
  ...[
    { state: 'loading', progress: 0.43, reason: null },
    { state: 'ready', progress: 1, reason: null },
    { state: 'failed', progress: 0.43, reason: 'no room' },
  ].map((step) =>
    event(7, 'switch', {
      ...{ kind: 'engine', pool: 'gpu', node: null, from: 'box/a', to: 'box/b', actor: 'request' },
      ...step,
    }),
  ),
].join('');

test('events prints one line for each event, and exit 6 when the gateway ends the stream', async () => {
  const { url } = await fakeGateway({ 'GET /api/events': { events: EVENTS } });
  const { code, stdout, stderr } = await laneway(['events', '--url', url]);
  expect(stdout.split('\n')).toEqual([
    '00:00:00 switch    evaluate: default → box/big by admin, faster',
    '00:00:00 health    box/big: breaker_open, 5 failures',
    '00:00:00 config    generation 4 by local: nodes.evaluate',
    '00:00:00 discovery box lists 2 models; new: a, b',
    '00:00:00 req_1 settled       200    12 ms node:evaluate          box/big',
    '00:00:00 req_2 failed        502    12 ms node:plan              upstream_dns',
    '00:00:00 pool      gpu ready; 2.0 GB free; in memory: box/a; waited for: box/b',
    '00:00:00 switch    pool gpu: loading box/b, 43 %',
    '00:00:00 switch    pool gpu: box/b loaded',
    '00:00:00 switch    pool gpu: box/b not loaded: no room',
    '',
  ]);
  expect([code, stderr]).toEqual([
    6,
    expect.stringMatching(/Ctrl-C stops\nthe gateway at \S+ ended the stream/),
  ]);
});

test('a stream that breaks off is exit 6, too', async () => {
  const { url } = await fakeGateway({ 'GET /api/events': { events: EVENTS, isCut: true } });
  const { code, stderr } = await laneway(['events', '--url', url]);
  expect([code, stderr]).toEqual([6, expect.stringMatching(/\nthe gateway at \S+ ended the stream/)]);
});

test('events --json prints one JSON value on each line, of the events that are asked for', async () => {
  const { url } = await fakeGateway({ 'GET /api/events': { events: EVENTS } });
  const { stdout } = await laneway(['events', '--only', 'switch', 'pool', '--json', '--url', url]);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { id: 'run-1', event: 'switch', data: SWITCH },
    { id: 'run-6', event: 'pool', data: expect.objectContaining({ name: 'gpu' }) },
    ...[0.43, 1, 0.43].map((progress) => ({
      ...{ id: 'run-7', event: 'switch', data: expect.objectContaining({ kind: 'engine', progress }) },
    })),
  ]);
});

test('requests --follow prints the requests that match as they end', async () => {
  const { url } = await fakeGateway({ 'GET /api/events': { events: EVENTS } });
  const { stdout } = await laneway(['requests', '-f', '--node', 'plan', '--json', '--url', url]);
  expect(JSON.parse(stdout)).toMatchObject({ id: 'req_2' });
  const none = await laneway(['requests', '-f', '--target', 'other/small', '--url', url]);
  expect(none.stdout).toBe('');
});

test.each([
  [['req_1', '--follow'], /omit the id/],
  [['--follow', '--state', 'running'], /as they end/],
])('requests %j is exit 2', async (args, words) => {
  const { code, stderr } = await laneway(['requests', ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});
