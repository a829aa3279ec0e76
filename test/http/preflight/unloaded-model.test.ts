import { afterEach, expect, test } from 'vitest';

import { startRouterServer, type RouterServer } from '../../support/engines/router-server.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { call, ended, stopAll } from '../operator.ts';

// A preflight of a model that Laneway has to load: it is loaded first, as the switch would load it.

afterEach(stopAll);

interface Tested {
  readonly preflight?: Record<string, unknown>;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly load_ms?: number | null;
}

const LANE = '/api/debug/models/lane:main';
const B = { provider: 'l', model_id: 'b', preflight: true };

/** A router with the models `a` and `b`, of which only one fits; none is loaded. */
async function setUp(): Promise<TestGateway & Pick<RouterServer, 'router'>> {
  const { router, upstream } = await startRouterServer('a', 'b');
  ended({ stop: () => upstream.close() });
  const model = { capabilities: { memory_gb_estimate: 8 } };
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { l: { type: 'llamacpp', base_url: upstream.url } },
      models: { 'l/a': model, 'l/b': model },
      lanes: { main: { preferred: ['l/a', 'l/b'] } },
      pools: { local: { budget_gb: 10, reserve_gb: 0, min_residency_s: 0 } },
    },
    engines: {},
  });
  await gateway.app.engines.start();
  return ended(Object.assign(gateway, { router }));
}

test('is loaded for it, and idle models make room', async () => {
  const gateway = await setUp();
  expect((await call(gateway, 'POST', '/api/engines/l/models/a/load', {})).status).toBe(200);
  const { status, body } = await call<Tested>(gateway, 'PUT', LANE, B);
  expect(status).toBe(200);
  expect(body.preflight).toMatchObject({ ok: true, status: 200, load_ms: expect.any(Number), message: null });
  expect(gateway.router.calls.filter((each) => each.startsWith('POST'))).toEqual([
    ...['POST /models/load a', 'POST /models/unload a', 'POST /models/load b'],
  ]);
});

test('a model that is in memory is not loaded again', async () => {
  const gateway = await setUp();
  await call(gateway, 'POST', '/api/engines/l/models/b/load', {});
  const { body } = await call<Tested>(gateway, 'PUT', LANE, B);
  expect(body.preflight).toMatchObject({ ok: true, load_ms: null });
});

test('a dry run loads it too, and switches nothing', async () => {
  const gateway = await setUp();
  const { body } = await call<Tested>(gateway, 'PUT', LANE, { ...B, dry_run: true });
  expect(body.preflight).toMatchObject({ ok: true, load_ms: expect.any(Number) });
  expect(await gateway.get('/api/debug/models')).toMatchObject({ lanes: { main: { is_default: true } } });
});

test('the model bar shows what the load took', async () => {
  const gateway = await setUp();
  const sent = { provider: 'l', model: 'b', preflight: true };
  const { status, body } = await call<Tested>(gateway, 'POST', '/api/models/switch', sent);
  expect([status, body.preflight?.['ok']]).toEqual([200, true]);
  expect(body.load_ms).toBe(body.preflight?.['load_ms']);
});

test('one that cannot be loaded fails the preflight with the reason of the load, and nothing is switched', async () => {
  const gateway = await setUp();
  gateway.router.onLoad = () => [{ value: 'unloaded', failed: true, exit_code: 1 }];
  const { status, body } = await call<Tested>(gateway, 'PUT', LANE, B);
  expect([status, body.error.code]).toEqual([409, 'preflight_failed']);
  expect(body.error.message).toMatch(
    /^the preflight failed: l\/b could not be loaded: .*; nothing was changed/,
  );
  expect(await gateway.get('/api/debug/models')).toMatchObject({ lanes: { main: { is_default: true } } });
});
