import { expect, test } from 'vitest';
import { fakeGateway, laneway } from '../harness.ts';

const MODEL = {
  model_id: 'big',
  state: 'loaded',
  estimate_bytes: 4e9,
  footprint_bytes: 4.2e9,
  context_length: 32768,
  loaded_at: '2025-12-31T23:00:00.000Z',
  last_used_at: '2025-12-31T23:55:00.000Z',
  in_flight: 2,
  pinned: true,
  error: null,
};
const COLD = {
  ...{ ...MODEL, model_id: 'small', state: 'unloaded', footprint_bytes: null, context_length: null },
  ...{ estimate_bytes: 8.12e8, last_used_at: null, in_flight: 0, pinned: false },
};
const ENGINES = [
  {
    ...{ provider: 'box', type: 'llamacpp', driver: 'router', state: 'running', version: null },
    ...{ verbs: ['load', 'unload'], models: [MODEL, COLD] },
  },
  {
    ...{ provider: 'vllm', type: 'vllm', driver: 'none', state: 'unreachable', version: null },
    ...{ verbs: [], models: [{ ...COLD, model_id: 'x', state: 'failed', error: 'its server ended' }] },
  },
];

async function engines(value: unknown): Promise<string> {
  const { url } = await fakeGateway({ 'GET /api/engines': { json: { engines: value } } });
  return (await laneway(['engines', '--url', url])).stdout;
}

test('engines shows what Laneway can do with each, its models, and why a load failed', async () => {
  expect((await engines(ENGINES)).split('\n')).toEqual([
    'ENGINE  TYPE      DRIVER  STATE        LANEWAY CAN',
    'box     llamacpp  router  running      load, unload',
    'vllm    vllm      none    unreachable  only look',
    '',
    'MODEL      STATE      MEMORY  CONTEXT  REQUESTS  LAST USED  PINNED',
    'box/big    loaded     4.2 GB    32768         2  5 min ago  pinned',
    'box/small  unloaded  ~812 MB',
    'vllm/x     failed    ~812 MB',
    '',
    '  vllm/x: its server ended',
    '',
  ]);
});

test('engines names the files that cannot be used', async () => {
  const unreadable = [{ file: 'cut.gguf', error: 'is truncated' }];
  const text = await engines([{ ...ENGINES[0], unreadable }]);
  expect(text.trimEnd().split('\n').slice(-2)).toEqual(['', '  box: cut.gguf cannot be used: is truncated']);
});

test('without a local engine a line says so', async () => {
  expect(await engines([])).toMatch(/^no engines: /);
});

const POOL = {
  name: 'local',
  budget_bytes: 1.28e11,
  reserve_bytes: 1.28e10,
  used_bytes: 4.2e9,
  free_bytes: 1.11e11,
  source: 'amdgpu',
  pressure: 2.5,
  temperature_c: 71.4,
  thermal: 'normal',
  state: 'ready',
  error: null,
  switch: null,
  burst: null,
  resident: [
    {
      ...{ model: 'box/big', state: 'loaded', bytes: 4.2e9, in_flight: 2, pinned: false },
      ...{ loaded_at: '2025-12-31T23:00:00.000Z', last_used_at: '2025-12-31T23:59:55.000Z' },
    },
  ],
  waiting: [],
};

async function pools(...changes: readonly object[]): Promise<string[]> {
  const json = { pools: changes.map((change) => ({ ...POOL, ...change })) };
  const { url } = await fakeGateway({ 'GET /api/pools': { json } });
  const { code, stdout } = await laneway(['pools', '--url', url]);
  expect(code).toBe(0);
  return stdout.trimEnd().split('\n');
}

test('pools shows the memory, the sensors, and what is in memory', async () => {
  expect(await pools({})).toEqual([
    'pool         local: ready',
    'memory       111.0 GB left for models: of 128.0 GB (as the GPU driver reports it) 4.2 GB in use, 12.8 GB kept free',
    'pressure     in 2.5 % of the last 10 s some program waited for memory',
    'temperature  71 °C',
    '',
    'IN MEMORY  STATE   MEMORY  REQUESTS  LOADED      LAST USED',
    'box/big    loaded  4.2 GB         2  60 min ago  5 s ago',
  ]);
});

test('pools says what keeps a model from being loaded', async () => {
  const reason = 'box/big stays in memory for another 12 s (min_residency_s)';
  const lines = await pools({
    waiting: [{ model: 'box/other', requests: 1, waited_ms: 4_000, load_ms: null, reason }],
  });
  expect(lines.slice(-2)).toEqual(['', `  box/other waits: ${reason}`]);
});

test('pools says what its switch does, for whom, and who waits for how long', async () => {
  const lines = await pools({
    state: 'loading',
    switch: {
      ...{ switch_id: 'sw_1', cause: 'request', from: 'box/big', to: 'box/other', progress: 0.437 },
      started_at: '2025-12-31T23:59:48.000Z',
    },
    waiting: [
      { model: 'box/other', requests: 3, waited_ms: 12_300, load_ms: 30_000 },
      { model: 'box/third', requests: 0, waited_ms: 500, load_ms: null },
    ],
  });
  expect(lines).toContain(
    'switch       loading box/other in place of box/big, 43 % after 12 s, because of requests that wait',
  );
  expect(lines.slice(-3)).toEqual([
    'WANTED     BY                               FOR  LAST LOAD TOOK',
    'box/other  3 requests                      12 s            30 s',
    'box/third  requests that went elsewhere  500 ms',
  ]);
});

test.each([
  [
    { burst: { lane: 'deep', model: 'box/big', displaced: ['box/a', 'box/b'] } },
    'burst        lane deep has claimed the pool for box/big; box/a, box/b come back afterwards',
  ],
  [{ state: 'failed', error: 'box/big ended' }, 'failed       box/big ended'],
  [
    { thermal: 'hard', temperature_c: 95 },
    'temperature  95 °C: above its hard limit, no request and no load begins',
  ],
  [
    { thermal: 'soft', temperature_c: 85 },
    'temperature  85 °C: above its soft limit, fewer requests at once',
  ],
  [
    { free_bytes: -2e9 },
    'memory       2.0 GB too much: of 128.0 GB (as the GPU driver reports it) 4.2 GB in use, 12.8 GB kept free',
  ],
  [
    { budget_bytes: null, reserve_bytes: null, free_bytes: null, source: null },
    'memory       4.2 GB in use; how much there is, is unknown, so one model is loaded at a time',
  ],
])('pools says why it is as it is: %j', async (change, line) => {
  expect(await pools(change)).toContain(line);
});

test('an empty pool, sensors that cannot be read and several pools are shown, too', async () => {
  const bare = { pressure: null, temperature_c: null, resident: [] };
  expect(await pools(bare, { ...bare, name: 'gpu' })).toEqual([
    'pool    local: ready',
    'memory  111.0 GB left for models: of 128.0 GB (as the GPU driver reports it) 4.2 GB in use, 12.8 GB kept free',
    '',
    'no model is in memory',
    '',
    'pool    gpu: ready',
    'memory  111.0 GB left for models: of 128.0 GB (as the GPU driver reports it) 4.2 GB in use, 12.8 GB kept free',
    '',
    'no model is in memory',
  ]);
});

test('pools on a terminal of 80 columns keeps its lines within it', async () => {
  const { url } = await fakeGateway({ 'GET /api/pools': { json: { pools: [POOL] } } });
  const { stdout } = await laneway(['pools', '--url', url], { terminal: { columns: 80 } });
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('--json prints the replies of the API', async () => {
  const { url } = await fakeGateway({
    'GET /api/pools': { json: { pools: [POOL] } },
    'GET /api/engines': { json: { engines: ENGINES } },
  });
  expect(JSON.parse((await laneway(['pools', '--json', '--url', url])).stdout)).toEqual({ pools: [POOL] });
  expect(JSON.parse((await laneway(['engines', '--json', '--url', url])).stdout)).toEqual({
    engines: ENGINES,
  });
});
