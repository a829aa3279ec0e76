import { afterEach, expect, test } from 'vitest';

import type { FakeRouter } from '../../support/engines/fake-router.ts';
import { startRouterServer } from '../../support/engines/router-server.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { call, ended, stopAll } from '../operator.ts';

// A switch to a model that another caller is loading already.

afterEach(stopAll);

const LATER = { prefer: 'respond-async' };
const LOAD = '/api/engines/l/models/a/load';
const SWITCH = '/api/models/switch';
const TO_A = { provider: 'l', model: 'a' };

interface Accepted {
  readonly switch_id: string;
}

/** A gateway whose engine loads until `finish` is called. */
async function setUp(): Promise<{ gateway: TestGateway; router: FakeRouter; finish(): void }> {
  const { upstream, router } = await startRouterServer('a', 'b');
  ended({ stop: () => upstream.close() });
  router.onLoad = () => [{ value: 'loading' }];
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { l: { type: 'llamacpp', base_url: upstream.url } },
      models: { 'l/a': {}, 'l/b': {} },
      lanes: { main: { preferred: ['l/b'] } },
      pools: { local: { budget_gb: 10, reserve_gb: 0, min_residency_s: 0 } },
    },
    engines: {},
  });
  await gateway.app.engines.start();
  ended(gateway);
  return { gateway, router, finish: () => router.models.set('a', { value: 'loaded', window: 1024 }) };
}

test.each([
  ['a load', LOAD, {}],
  ['a switch', SWITCH, TO_A],
] as const)('%s of the model that is being loaded waits for its end', async (_, path, sent) => {
  const { gateway, router, finish } = await setUp();
  const first = await call<Accepted>(gateway, 'POST', LOAD, {}, LATER);
  const second = call<{ load_ms: number | null }>(gateway, 'POST', path, sent);
  const third = await call<Accepted>(gateway, 'POST', path, sent, LATER);
  expect([third.status, third.body.switch_id]).toEqual([202, first.body.switch_id]);
  finish();
  const { status, body } = await second;
  expect([status, body.load_ms]).toEqual([200, expect.any(Number)]);
  expect(router.calls.filter((each) => each === 'POST /models/load a')).toHaveLength(1);
});

test('a switch and a load of another model are refused, and the message names the one that is being loaded', async () => {
  const { gateway } = await setUp();
  const { body } = await call<Accepted>(gateway, 'POST', LOAD, {}, LATER);
  for (const [path, sent] of [
    ['/api/engines/l/models/b/load', {}],
    [SWITCH, { ...TO_A, model: 'b' }],
  ] as const) {
    const refused = await call(gateway, 'POST', path, sent);
    expect([refused.status, refused.body.error.message, refused.body.error.detail]).toEqual([
      ...[409, 'l/a is being loaded in the same pool; retry when it is over', { switch_id: body.switch_id }],
    ]);
  }
});

test('a switch that has joined a load which fails puts back what was active', async () => {
  const { gateway, router } = await setUp();
  await call(gateway, 'POST', LOAD, {}, LATER);
  const joined = call(gateway, 'POST', SWITCH, TO_A);
  await expect.poll(() => gateway.app.registry.lane('main').override?.model).toBe('l/a');
  router.models.set('a', { value: 'unloaded', failed: true, exit_code: 1 });
  const { status, body } = await joined;
  expect([status, body.error.code]).toEqual([502, 'upstream_error']);
  expect(body.error.message).toMatch(/what was active before is active again$/);
  expect(gateway.app.registry.lane('main').override).toBeNull();
});
