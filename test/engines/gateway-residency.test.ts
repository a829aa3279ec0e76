import { expect, onTestFinished, test } from 'vitest';

import { startRouterServer } from '../support/engines/router-server.ts';
import type { FakeRouter } from '../support/engines/fake-router.ts';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';

interface Target {
  readonly target: string;
  readonly code: string | null;
  readonly deferred: boolean;
  readonly reason: string | null;
  readonly score: number | null;
  readonly score_parts: { readonly swap_cost: number } | null;
}

interface Setup {
  readonly gateway: TestGateway;
  readonly router: FakeRouter;
  load(model: string): Promise<void>;
  /** The targets that a request would be tried on. */
  explain(model: string): Promise<readonly Target[]>;
  hasBegunToLoad(model: string): boolean;
}

/** Only `big` meets them. */
const TOOLS = { supports_tools: true };

/** For what happens in the background, on a busy machine. */
const SOON = { timeout: 10_000 };

const HELLO = json(200, completion('hello'));

/**
 * A router with the models `big` and `small`, none of them loaded, and a server in place of a cloud. `budgetGb`: with 100 both fit,
 * with 70 only one of them.
 */
async function start({
  budgetGb = 100,
  residencyS = 0,
  cloud = () => HELLO,
}: { budgetGb?: number; residencyS?: number; cloud?: () => Reply | Promise<Reply> } = {}): Promise<Setup> {
  const { router, upstream } = await startRouterServer('big', 'small');
  onTestFinished(() => upstream.close());
  // It lists nothing, so that no lane chooses it by itself.
  const far = await startFakeUpstream((request) =>
    request.method === 'GET' ? json(200, { object: 'list', data: [] }) : cloud(),
  );
  onTestFinished(() => far.close());
  const local = ['r/big', 'r/small'];
  const gateway = await startGateway({
    engines: {},
    config: {
      default_lane: 'alone',
      providers: {
        r: { type: 'llamacpp', base_url: upstream.url },
        cloud: { type: 'openai_compatible', base_url: `${far.url}/v1`, local: true },
      },
      pools: { local: { budget_gb: budgetGb, reserve_gb: 0, min_residency_s: residencyS } },
      models: {
        'r/big': { capabilities: { memory_gb_estimate: 60, coding_strength: 0.7 } },
        'r/small': { capabilities: { memory_gb_estimate: 20, coding_strength: 0.7, supports_tools: false } },
      },
      lanes: {
        main: { preferred: local },
        patient: { preferred: local, wait_while_loading: true },
        cloudy: { preferred: ['r/big'], requirements: TOOLS, cloud_fallback: ['cloud/m'], concurrency: 1 },
        alone: { preferred: ['r/big'], requirements: TOOLS },
        bursting: { preferred: ['r/big'], requirements: TOOLS, burst: true },
        chosen: { requirements: { coding_strength: 0.5 } },
        hasty: { preferred: ['r/small'], wait_while_loading: true, queue: { wait_s: 1 } },
      },
    },
  });
  onTestFinished(() => gateway.stop());
  await gateway.app.engines.start();
  const post = (path: string, body: object): Promise<Response> =>
    fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    gateway,
    router,
    load: async (model) => {
      expect((await post(`/api/engines/r/models/${model}/load`, {})).status).toBe(200);
    },
    explain: async (model) =>
      ((await (await post('/api/debug/resolve', { model })).json()) as { targets: Target[] }).targets,
    hasBegunToLoad: (model) => router.calls.includes(`POST /models/load ${model}`),
  };
}

const ABOUT_35 = 'not in memory; loading takes about 35 s';

test('a request goes to a smaller model that is in memory, and says in its trace why not to the first one', async () => {
  const { gateway, load, hasBegunToLoad } = await start({ budgetGb: 70 });
  await load('small');
  const reply = await gateway.chat({ model: 'main' });
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'r/small']);
  const { attempts, plan } = await gateway.trace(reply);
  expect(attempts).toMatchObject([{ n: 1, target: 'r/small' }]);
  expect(plan).toMatchObject([
    { target: 'r/small', code: null },
    { target: 'r/big', code: 'loading', reason: ABOUT_35 },
  ]);
  expect(hasBegunToLoad('big')).toBe(false);
});

test('the model that it has passed over is loaded if that displaces none, and serves the requests that follow', async () => {
  const { gateway, load, hasBegunToLoad } = await start();
  await load('small');
  const first = await gateway.chat({ model: 'main' });
  expect(first.headers.get('x-laneway-target')).toBe('r/small');
  await expect.poll(() => hasBegunToLoad('big'), SOON).toBe(true);
  const later = async (): Promise<string | null> =>
    (await gateway.chat({ model: 'main' })).headers.get('x-laneway-target');
  await expect.poll(later, SOON).toBe('r/big');
});

test('a request goes to the cloud where its lane allows that', async () => {
  const { gateway } = await start();
  const reply = await gateway.chat({ model: 'cloudy' });
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'cloud/m']);
});

test('where no other target can answer, the model is loaded at once, and the request answered 503 with Retry-After', async () => {
  const { gateway, hasBegunToLoad } = await start();
  const reply = await gateway.chat({ model: 'alone' });
  expect(reply.status).toBe(503);
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await reply.json()).toMatchObject({ error: { code: 'model_loading' } });
  await expect.poll(() => hasBegunToLoad('big'), SOON).toBe(true);
});

test('the trace of a request that has waited in vain says what it waited for, and for how long', async () => {
  const { gateway, load } = await start({ budgetGb: 70, residencyS: 60 });
  await load('big');
  const { plan } = await gateway.trace(await gateway.chat({ model: 'hasty' }));
  const waited =
    /^is not loaded yet: r\/big stays in memory for another \d+ s \(min_residency_s\): waited 1 s$/;
  expect(plan).toMatchObject([
    { target: 'r/small', code: 'full', reason: expect.stringMatching(waited) },
    { target: 'r/big', code: null },
  ]);
});

test('a model that can never fit is not to be asked for again', async () => {
  const { gateway } = await start({ budgetGb: 50 });
  const reply = await gateway.chat({ model: 'alone' });
  expect(reply.status).toBe(503);
  expect(reply.headers.get('x-should-retry')).toBe('false');
  const { error } = (await reply.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe('upstream_out_of_memory');
  expect(error.message).toContain('pools.local.budget_gb of at least 60 would do');
});

test('beside a model that never fits, a target that is loading or limits the rate may be asked again', async () => {
  const limited = json(429, { error: { message: 'slow down' } }, { 'retry-after': '7' });
  const { gateway } = await start({ budgetGb: 50, cloud: () => limited });
  const codes = await Promise.all(
    ['main', 'cloudy'].map(async (model) => {
      const reply = await gateway.chat({ model });
      const { error } = (await reply.json()) as { error: { code: string } };
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      return error.code;
    }),
  );
  expect(codes).toEqual(['model_loading', 'upstream_rate_limited']);
});

test('if the cloud fails, the request is answered like one without a cloud', async () => {
  const { gateway, hasBegunToLoad } = await start({
    cloud: () => json(500, { error: { message: 'broken' } }),
  });
  const reply = await gateway.chat({ model: 'cloudy' });
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await reply.json()).toMatchObject({ error: { code: 'model_loading' } });
  expect((await gateway.trace(reply)).attempts).toMatchObject([{ target: 'cloud/m', status: 500 }]);
  await expect.poll(() => hasBegunToLoad('big'), SOON).toBe(true);
});

test('a request of a lane that waits, or one for the model itself, waits for it', async () => {
  const { gateway, load } = await start();
  await load('small');
  const reply = await gateway.chat({ model: 'patient' });
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'r/big']);
  const named = await gateway.chat({ model: 'r/small' });
  expect([named.status, named.headers.get('x-laneway-target')]).toEqual([200, 'r/small']);
});

test('a request that waited for its lane uses a model that was loaded meanwhile', async () => {
  let answer: (reply: Reply) => void = () => undefined;
  const held = new Promise<Reply>((resolve) => (answer = resolve));
  const { gateway, explain } = await start({ cloud: () => held });
  const first = gateway.chat({ model: 'cloudy' });
  await expect.poll(() => gateway.app.recorder.running, SOON).toBe(1);
  const second = gateway.chat({ model: 'cloudy' });
  await expect.poll(() => gateway.app.recorder.running, SOON).toBe(2);
  // For the first request, which has passed over it.
  await expect.poll(async () => (await explain('alone'))[0]?.code, SOON).toBeNull();
  answer(HELLO);
  expect((await first).headers.get('x-laneway-target')).toBe('cloud/m');
  const reply = await second;
  expect(reply.headers.get('x-laneway-target')).toBe('r/big');
  expect((await gateway.trace(reply)).plan.find(({ target }) => target === 'r/big')?.reason).toBe(
    'was loaded after the plan was made',
  );
});

test('explain says in one sentence what a load takes, who waits, and what a request does', async () => {
  const { gateway, router, explain, load } = await start();
  expect((await explain('alone'))[0]).toMatchObject({
    ...{ target: 'r/big', code: 'loading', deferred: true },
    reason: `${ABOUT_35}: a request has it loaded, and is answered with the error model_loading until it is in memory`,
  });
  expect((await explain('patient'))[0]).toMatchObject({
    ...{ target: 'r/big', code: 'full', deferred: false },
    reason: `${ABOUT_35}: a request waits for it, 120 s at most`,
  });
  await load('small');
  router.onLoad = () => [{ value: 'loading' }];
  const waiting = gateway.chat({ model: 'r/big' });
  await expect
    .poll(async () => (await explain('main')).map(({ target, code, reason }) => [target, code, reason]), SOON)
    .toEqual([
      ['r/small', null, null],
      // Without the seconds that are left: no load of it was ever timed.
      ['r/big', 'loading', expect.stringMatching(/^being loaded \(\d+ %\); 1 request waits$/)],
    ]);
  router.models.set('big', { value: 'loaded', window: 1024 });
  expect((await waiting).status).toBe(200);
});

test('explain says what keeps a model from being loaded', async () => {
  const { explain, load } = await start({ budgetGb: 70, residencyS: 600 });
  await load('small');
  const stays = String.raw`about 35 s; r/small stays in memory for another \d+ s \(min_residency_s\)`;
  expect((await explain('alone'))[0]?.reason).toMatch(new RegExp(`${stays}: a request has it loaded, `));
  expect((await explain('r/big'))[0]?.reason).toMatch(
    new RegExp(`${stays}: a request waits for it, 120 s at most$`),
  );
});

test('explain says how a request is answered after a load has failed, and when the next one may begin', async () => {
  const { router, explain, gateway } = await start();
  router.onLoad = () => [{ value: 'unloaded', failed: true, exit_code: 1 }];
  expect((await gateway.chat({ model: 'r/big' })).status).toBe(502);
  expect((await explain('r/big'))[0]?.reason).toMatch(
    /^could not be loaded: .*: a request is answered with the error upstream_error; it may be loaded again in \d+ s$/,
  );
  expect(await (await gateway.chat({ model: 'r/big' })).json()).toMatchObject({
    error: { code: 'upstream_error' },
  });
});

test('a preview of a lane with a burst claims no memory', async () => {
  const { gateway, explain } = await start();
  expect((await explain('bursting'))[0]?.code).toBe('loading');
  expect(await gateway.get('/api/pools')).toMatchObject({ pools: [{ burst: null, waiting: [] }] });
});

test('a lane with requirements chooses the one in memory of two equally good models, with the seconds in its score', async () => {
  const { explain, load } = await start();
  await load('small');
  expect((await explain('chosen'))[0]).toMatchObject({ target: 'r/small', score: 0.2 });
  const [big] = await explain('alone');
  expect(big?.score_parts?.swap_cost).toBe(-0.35);
  expect(big?.score).toBeCloseTo(0.7 - 0.35, 3);
});
