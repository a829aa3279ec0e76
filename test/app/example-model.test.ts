import { afterEach, expect, test } from 'vitest';

import { exampleModel } from '../../src/app/example-model.ts';
import { call, ended, stopAll } from '../http/operator.ts';
import { startRouterServer } from '../support/engines/router-server.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

// The example request of the start table works, whatever is in memory.

afterEach(stopAll);

async function setUp(lane: object = {}): Promise<TestGateway> {
  const { upstream } = await startRouterServer('a');
  ended({ stop: () => upstream.close() });
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { l: { type: 'llamacpp', base_url: upstream.url } },
      models: { 'l/a': { capabilities: { memory_gb_estimate: 8 } } },
      lanes: { main: { preferred: ['l/a'], ...lane } },
      pools: { local: { budget_gb: 10, reserve_gb: 0 } },
    },
    engines: {},
  });
  await gateway.app.engines.start();
  return ended(gateway);
}

const example = ({ app }: TestGateway): string => exampleModel(app, performance.now());

test('it names the model that has to be loaded first, and that request waits for the load', async () => {
  const gateway = await setUp();
  const body = { messages: [{ role: 'user', content: 'Say hello.' }] };
  const model = example(gateway);
  expect(model).toBe('l/a');
  expect((await call(gateway, 'POST', '/v1/chat/completions', { ...body, model })).status).toBe(200);
});

test('it is "auto" once the model is in memory', async () => {
  const gateway = await setUp();
  await call(gateway, 'POST', '/api/engines/l/models/a/load', {});
  expect(example(gateway)).toBe('auto');
});

test('it is "auto" where the lane waits for loads', async () => {
  expect(example(await setUp({ wait_while_loading: true }))).toBe('auto');
});
