import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';
import { call, ended, stopAll } from './operator.ts';

afterEach(stopAll);

/** An Ollama with two models, of which `loaded` is loaded. */
async function ollama(loaded: string): Promise<string> {
  const entry = (model: string, size: number): object => ({
    model,
    name: model,
    size,
    digest: model,
    details: {},
  });
  const upstream = await startFakeUpstream(({ path }) => {
    if (path === '/api/tags')
      return json(200, { models: [entry('big:latest', 18e9), entry('small:latest', 2e9)] });
    if (path === '/api/ps') return json(200, { models: [entry(loaded, 2e9)] });
    return json(200, { version: '0.9.0', capabilities: ['completion', 'tools'], model_info: {} });
  });
  ended({ stop: () => upstream.close() });
  return upstream.url;
}

const CAPABILITIES = {
  'o/big:latest': { capabilities: { coding_strength: 0.9, min_memory_gb: 20, recommended_memory_gb: 24 } },
  'o/small:latest': { speed: 'fast', capabilities: { coding_strength: 0.7 } },
};

async function setUp(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const config = {
    default_lane: 'main',
    providers: { o: { type: 'ollama', base_url: await ollama('small:latest') } },
    models: CAPABILITIES,
    lanes: { main: { requirements: { coding_strength: 0.5 } }, named: { preferred: ['o/big', 'o/small'] } },
    nodes: { evaluate: { lane: 'main' } },
  };
  return ended(await startGateway({ config, freeMemory: () => Promise.resolve(40), ...options }));
}

interface Target {
  readonly target: string;
  readonly source: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly score: number | null;
  readonly score_parts: Record<string, number | string | null> | null;
}

async function plan(gateway: TestGateway, model: string): Promise<Target[]> {
  return (await call<{ targets: Target[] }>(gateway, 'POST', '/api/debug/resolve', { model })).body.targets;
}

test('a lane with requirements alone shows the model that it has chosen, with its score and the parts of it', async () => {
  const [chosen] = await plan(await setUp(), 'lane:main');
  expect(chosen).toEqual({
    ...{
      target: 'o/big:latest',
      source: 'scored',
      eligible: true,
      deferred: false,
      code: null,
      reason: null,
    },
    score: 0.3,
    score_parts: { above_requirements: 0.4, swap_cost: -0.1, memory: 0, price: 0, speed: null },
  });
});

test('preferred models show their scores too, by the requirements of their lane', async () => {
  const targets = await plan(await setUp(), 'lane:named');
  expect(targets.map(({ target, source, score }) => [target, source, score])).toEqual([
    ['o/big:latest', 'preferred', 0.8],
    ['o/small:latest', 'preferred', 0.7],
  ]);
  expect(targets[1]?.score_parts?.['speed']).toBe('fast');
});

test('a model that does not fit into the free memory is neither chosen nor tried, and the plan says both numbers', async () => {
  const gateway = await setUp({ freeMemory: () => Promise.resolve(9) });
  await expect.poll(async () => (await plan(gateway, 'lane:main'))[0]?.target).toBe('o/small:latest');
  expect((await plan(gateway, 'lane:named')).at(-1)).toMatchObject({
    ...{ target: 'o/big:latest', eligible: false, code: 'does_not_fit' },
    reason: 'needs 20 GB of memory, 9.0 GB are free, 2.0 GB more are held by other models of its server',
  });
});

test('a switch to a model that does not fit is refused, unless forced', async () => {
  const gateway = await setUp({ freeMemory: () => Promise.resolve(9) });
  await expect.poll(async () => (await plan(gateway, 'lane:named')).at(-1)?.code).toBe('does_not_fit');
  const to = { provider: 'o', model_id: 'big' };
  const refused = await call(gateway, 'PUT', '/api/debug/models/evaluate', to);
  expect([refused.status, refused.body.error.code]).toEqual([409, 'unfit_target']);
  expect(refused.body.error.detail.reasons).toEqual([
    {
      code: 'does_not_fit',
      reason:
        'o/big:latest needs 20 GB of memory, 9.0 GB are free, 2.0 GB more are held by other models of its server',
    },
  ]);
  const forced = await call(gateway, 'PUT', '/api/debug/models/evaluate', { ...to, force: true });
  expect(forced.status).toBe(200);
});

test('less free memory than recommended lowers the score', async () => {
  const gateway = await setUp({ freeMemory: () => Promise.resolve(21) });
  await expect.poll(async () => (await plan(gateway, 'o/big'))[0]?.code).toBeNull();
  await expect
    .poll(async () => (await plan(gateway, 'lane:named'))[0]?.score_parts)
    .toMatchObject({ memory: -0.2, swap_cost: -0.1 });
  expect((await plan(gateway, 'lane:main'))[0]?.target).toBe('o/small:latest');
});

test('where the free memory cannot be read, no model is passed over for it', async () => {
  const gateway = await setUp({ freeMemory: () => Promise.resolve(null) });
  expect((await plan(gateway, 'lane:main'))[0]).toMatchObject({ target: 'o/big:latest', code: null });
});

test('a configured price lowers the score', async () => {
  const models = {
    ...CAPABILITIES,
    'o/big:latest': { ...CAPABILITIES['o/big:latest'], price: { input: 3, output: 15 } },
  };
  const gateway = await setUp({ files: { 'user_models.json': { models } } });
  expect((await plan(gateway, 'lane:named'))[0]?.score_parts).toMatchObject({ price: -0.06 });
});
