import { afterEach, expect, test } from 'vitest';

import { head, json, reset, text } from '../../support/fake-replies.ts';
import type { Reply } from '../../support/fake-upstream.ts';
import { startRouterServer, type RouterServer } from '../../support/engines/router-server.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

// The server of a model ends while a router in front of it goes on: the model has to be loaded again.

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A gateway whose router has loaded `a`; only one of its models fits into 10 GB. */
async function setUp(budgetGb = 10): Promise<{ gateway: TestGateway; server: RouterServer }> {
  const server = await startRouterServer('a', 'b');
  running.push({ stop: () => server.upstream.close() });
  const model = { capabilities: { memory_gb_estimate: 8 } };
  const gateway = await startGateway({
    config: {
      default_lane: 'waits',
      providers: { l: { type: 'llamacpp', base_url: server.upstream.url } },
      models: { 'l/a': model, 'l/b': model },
      lanes: { waits: { preferred: ['l/a', 'l/b'], wait_while_loading: true } },
      pools: { local: { budget_gb: budgetGb, reserve_gb: 0, min_residency_s: 0 } },
    },
    engines: {},
  });
  running.push(gateway);
  await gateway.app.engines.start();
  const loaded = await fetch(`${gateway.url}/api/engines/l/models/a/load`, { method: 'POST' });
  expect(loaded.status).toBe(200);
  return { gateway, server };
}

/** From now on the first chat of `a` ends its server, with this reply. */
function endsOnce(server: RouterServer, reply: Reply, isSeen = true): void {
  server.onChat = (model) => {
    if (model !== 'a') return null;
    server.onChat = () => null;
    if (isSeen) server.router.models.set('a', { value: 'unloaded', failed: true, exit_code: 137 });
    return reply;
  };
}

const stateOf = (gateway: TestGateway): string | undefined =>
  gateway.app.engines.views()[0]?.models.find(({ model_id }) => model_id === 'a')?.state;

const ENDS: readonly (readonly [string, Reply])[] = [
  ['a cut connection', [head(200, { 'content-type': 'text/event-stream' }), reset()]],
  ['a stream without an event', text(200, '', { 'content-type': 'text/event-stream' })],
  ['a 500 of the router', json(500, { error: { message: 'proxy error: Failed to read connection' } })],
];

test.each(ENDS)('after %s its model is known not to be in memory', async (_, reply) => {
  const { gateway, server } = await setUp();
  // The looks that follow a load are over: the next regular one is due in 15 s.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  endsOnce(server, reply);
  expect(stateOf(gateway)).toBe('loaded');
  await (await gateway.chat({ model: 'l/a', stream: true })).text();
  await expect.poll(() => stateOf(gateway), { timeout: 500 }).toBe('failed');
});

test.each(ENDS)('after %s a lane that waits loads it again, and not its fallback', async (_, reply) => {
  const { gateway, server } = await setUp();
  endsOnce(server, reply);
  const answer = await gateway.chat({ model: 'lane:waits', stream: true });
  expect([answer.status, answer.headers.get('x-laneway-target')]).toEqual([200, 'l/a']);
  expect(server.router.calls).not.toContain('POST /models/load b');
  expect((await gateway.trace(answer)).attempts).toMatchObject([
    { target: 'l/a', class: expect.any(String) },
    { target: 'l/a', class: null },
  ]);
});

test('a model that the same request ends again is given up for the fallback', async () => {
  const { gateway, server } = await setUp();
  server.onChat = (model) => {
    if (model !== 'a') return null;
    server.router.models.set('a', { value: 'unloaded', failed: true, exit_code: 1 });
    return [reset()];
  };
  const answer = await gateway.chat({ model: 'lane:waits' });
  expect([answer.status, answer.headers.get('x-laneway-target')]).toEqual([200, 'l/b']);
  expect(server.router.calls.filter((each) => each === 'POST /models/load a')).toHaveLength(2);
});

test('a model that is still in memory after its request has failed is not waited for', async () => {
  const { gateway, server } = await setUp(20);
  endsOnce(server, json(500, { error: { message: 'something is wrong' } }), false);
  const answer = await gateway.chat({ model: 'lane:waits' });
  expect(answer.headers.get('x-laneway-target')).toBe('l/b');
});
