import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { assignment, call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

const SECRET = 'sk-fake-0123456789abcdef';

async function setUp(): Promise<{ gateway: TestGateway; config: Record<string, unknown> }> {
  const over = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const config = {
    ...over,
    providers: { ...over.providers, sky: { type: 'openai', api_key: 'env:SKY_KEY' } },
    nodes: { evaluate: { model: 'a/m' }, plan: { lane: 'main' } },
  };
  const gateway = ended(
    await startGateway({
      config,
      files: { 'user_models.json': { nodes: { evaluate: { params: { temperature: 0.1 } } } } },
      variables: { SKY_KEY: SECRET },
      discover: false,
      shipped: true,
    }),
  );
  return { gateway, config };
}

interface Tree {
  readonly [key: string]: Tree;
}

test('the effective configuration contains all values in effect, including overrides, and no secret', async () => {
  const { gateway } = await setUp();
  await call(gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'b', model_id: 'm' });
  await call(gateway, 'PUT', '/api/debug/models/plan', { provider: 'a', model_id: 'm' });
  const answer = await fetch(`${gateway.url}/api/debug/config`);
  const text = await answer.text();
  expect(text).not.toContain(SECRET);
  expect(JSON.parse(text)).toMatchObject({
    default_lane: 'main',
    runtime_switching: true,
    nodes: { evaluate: { model: 'b/m', params: { temperature: 0.1 } }, plan: { model: 'a/m' } },
    providers: { sky: { api_key: 'env:SKY_KEY' } },
  });
  expect((JSON.parse(text) as Tree)['nodes']?.['plan']).not.toHaveProperty('lane');
});

test('explained, each leaf names its layer', async () => {
  const { gateway } = await setUp();
  await call(gateway, 'PUT', '/api/debug/models/evaluate', { lane: 'main' });
  await call(gateway, 'POST', '/api/models/switch', { provider: 'b', model: 'm' });
  const { body } = await call<Tree>(gateway, 'GET', '/api/debug/config?explain=1');
  expect(body['nodes']?.['evaluate']).toMatchObject({ lane: { value: 'main', layer: 'override' } });
  expect(body['nodes']?.['evaluate']).not.toHaveProperty('model');
  expect(body['lanes']?.['main']).toMatchObject({ override: { value: 'b/m', layer: 'override' } });
  expect(body['nodes']?.['evaluate']?.['params']?.['temperature']).toEqual({
    value: 0.1,
    layer: expect.stringMatching(/user_models\.json$/) as unknown,
  });
  expect(body['nodes']?.['plan']?.['lane']).toMatchObject({ value: 'main', layer: 'shipped' });
  expect(body['runtime_switching']).toMatchObject({ value: true, layer: 'default' });
});

test('reload applies a changed file and reports what changed', async () => {
  const { gateway, config } = await setUp();
  const nodes = { evaluate: { model: 'b/m' }, plan: { lane: 'main' } };
  writeFileSync(join(gateway.folder, 'config', 'models.json'), JSON.stringify({ ...config, nodes }));
  const { status, body } = await call(gateway, 'POST', '/api/debug/config/reload');
  expect(status).toBe(200);
  expect(body['generation']).toBe(2);
  expect(body['changed']).toEqual(expect.arrayContaining([expect.stringMatching(/^nodes\.evaluate/)]));
  expect((await assignment(gateway, 'evaluate')).provider).toBe('b');
  const again = await call(gateway, 'POST', '/api/debug/config/reload');
  expect(again.body).toEqual({ generation: 2, changed: [] });
});

test('reload of an invalid file is 400 with every fault, and the old generation stays in effect', async () => {
  const { gateway, config } = await setUp();
  const bad = { ...config, nodes: { evaluate: { modell: 'b/m' }, plan: { lane: 'nope' } } };
  writeFileSync(join(gateway.folder, 'config', 'models.json'), JSON.stringify(bad));
  const { status, body } = await call(gateway, 'POST', '/api/debug/config/reload');
  expect([status, body.error.code]).toEqual([400, 'invalid_body']);
  const { faults } = body.error.detail as unknown as { faults: { path: string }[] };
  expect(faults.map(({ path }) => path)).toEqual(expect.arrayContaining(['nodes.evaluate.modell']));
  expect(faults.length).toBeGreaterThanOrEqual(2);
  expect(await assignment(gateway, 'evaluate')).toMatchObject({ provider: 'a', generation: 1 });
});
