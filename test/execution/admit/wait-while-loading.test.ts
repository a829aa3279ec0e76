import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** What llama-server answers on every path while it loads its model. */
const LOADING = json(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } });

interface Engine {
  readonly fake: FakeUpstream;
  /** Chats that it was sent, also while it loads. */
  chats: number;
  isLoading: boolean;
}

/** A llama-server with one model. */
async function startEngine(): Promise<Engine> {
  const engine = {
    chats: 0,
    isLoading: false,
    fake: await startFakeUpstream((request) => {
      if (request.method === 'POST') engine.chats += 1;
      if (engine.isLoading) return LOADING;
      if (request.path === '/props') return json(200, { total_slots: 4 });
      if (request.method === 'GET') return json(200, { data: [{ id: 'm', owned_by: 'llamacpp' }] });
      return json(200, completion('from the engine'));
    }),
  };
  started.push(() => engine.fake.close());
  return engine;
}

async function laneway(engine: Engine, lane: object): Promise<{ gateway: TestGateway; spare: FakeUpstream }> {
  const spare = await startFakeUpstream(chatScript(() => json(200, completion('from the spare one'))));
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        engine: { type: 'llamacpp', base_url: engine.fake.url },
        spare: { type: 'openai_compatible', base_url: `${spare.url}/v1`, local: true },
      },
      lanes: { main: { preferred: ['engine/m', 'spare/m'], ...lane } },
    },
  });
  started.push(
    () => spare.close(),
    () => gateway.stop(),
  );
  return { gateway, spare };
}

test('a lane that says so waits for a model that loads, instead of using the next one', async () => {
  const engine = await startEngine();
  const { gateway, spare } = await laneway(engine, { wait_while_loading: true });
  engine.isLoading = true;
  const asked = gateway.chat({ model: 'main' });
  await expect.poll(() => engine.chats).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  engine.isLoading = false;
  const reply = await asked;
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'engine/m']);
  const { attempts, plan } = await gateway.trace(reply);
  expect(attempts).toMatchObject([{ n: 1, target: 'engine/m', class: null }]);
  expect(plan[0]).toMatchObject({ target: 'engine/m', code: 'full' });
  expect(plan[0]?.reason).toMatch(/^is loading: the request waited [\d.]+ s$/);
  expect([engine.chats, spare.requests.filter(({ method }) => method === 'POST').length]).toEqual([2, 0]);
});

test('a request that comes while the model is known to load is not sent before it has loaded', async () => {
  const engine = await startEngine();
  const { gateway } = await laneway(engine, { wait_while_loading: true });
  engine.isLoading = true;
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => engine.chats).toBe(1);
  const others = [gateway.chat({ model: 'main' }), gateway.chat({ model: 'engine/m' })];
  await new Promise((resolve) => setTimeout(resolve, 100));
  // The one that names the model asks for no lane, and does not wait.
  expect((await others[1])?.status).toBe(503);
  expect(engine.chats).toBeLessThanOrEqual(2);
  engine.isLoading = false;
  for (const reply of [await first, await others[0]])
    expect(reply?.headers.get('x-laneway-target')).toBe('engine/m');
});

test('after wait_s the next target is used', async () => {
  const engine = await startEngine();
  const { gateway } = await laneway(engine, { wait_while_loading: true, queue: { wait_s: 0.2 } });
  engine.isLoading = true;
  const reply = await gateway.chat({ model: 'main' });
  expect(reply.headers.get('x-laneway-target')).toBe('spare/m');
  expect((await gateway.trace(reply)).plan[0]?.reason).toMatch(/^is loading: waited [\d.]+ s$/);
});

test('a server that goes away while it loads is not waited for any longer', async () => {
  const engine = await startEngine();
  const { gateway } = await laneway(engine, { wait_while_loading: true });
  engine.isLoading = true;
  const asked = gateway.chat({ model: 'main' });
  await expect.poll(() => engine.chats).toBe(1);
  await engine.fake.close();
  started.shift();
  expect((await asked).headers.get('x-laneway-target')).toBe('spare/m');
});

test('without it the next target is used at once', async () => {
  const engine = await startEngine();
  const { gateway } = await laneway(engine, {});
  engine.isLoading = true;
  const reply = await gateway.chat({ model: 'main' });
  expect(reply.headers.get('x-laneway-target')).toBe('spare/m');
  expect((await gateway.trace(reply)).attempts).toMatchObject([{ class: 'loading' }, { class: null }]);
});
