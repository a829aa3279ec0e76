import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { startCountingUpstream, type CountingUpstream } from './counting-upstream.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function server(): Promise<CountingUpstream> {
  const upstream = await startCountingUpstream();
  started.push(() => upstream.close());
  return upstream;
}

/** A gateway whose lane has these servers, each with one request at once. */
async function laneway(
  upstreams: readonly CountingUpstream[],
  { lane = {}, limits = [] }: { lane?: object; limits?: readonly (number | null)[] } = {},
): Promise<TestGateway> {
  const config = laneOver(
    upstreams.map(({ url }) => url),
    { ...lane },
  );
  for (const [index, provider] of Object.values(config.providers).entries()) {
    const limit = limits[index] === undefined ? 1 : limits[index];
    if (limit !== null) (provider as Record<string, unknown>)['concurrency'] = limit;
  }
  const gateway = await startGateway({ config });
  started.push(() => gateway.stop());
  return gateway;
}

const say = (content: string): Record<string, unknown> => ({
  model: 'main',
  messages: [{ role: 'user', content }],
});

const metric = async (gateway: TestGateway, line: string): Promise<string | undefined> => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return text.split('\n').find((each) => each.startsWith(line));
};

test('20 streams at a provider with concurrency 1 are all answered, one after the other', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream]);
  upstream.answerAll(2);
  const texts = await Promise.all(
    Array.from({ length: 20 }, async () => (await gateway.chat({ model: 'main', stream: true })).text()),
  );
  for (const text of texts) expect(text).toContain('[DONE]');
  expect(upstream.chats).toBe(20);
  expect(upstream.most).toBe(1);
});

test('a request that waited says so in its headers and its trace', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream]);
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => upstream.active).toBe(1);
  const second = gateway.chat({ model: 'main' });
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 1');
  expect(await metric(gateway, 'laneway_limit_in_flight{scope="provider",name="a"}')).toContain(' 1');
  await new Promise((resolve) => setTimeout(resolve, 50));
  upstream.answerAll();
  const reply = await second;
  expect(reply.headers.get('x-laneway-warnings')).toMatch(/^waited=[\d.]+ s for room at a\/m$/);
  const { plan, phases, attempts } = await gateway.trace(reply);
  expect(plan).toMatchObject([{ target: 'a/m', code: 'full' }]);
  expect(plan[0]?.reason).toMatch(/^1 of 1 requests in flight: the request waited [\d.]+ s$/);
  const admit = phases.find(({ name }) => name === 'admit');
  expect(admit?.duration_ms).toBeGreaterThan(40);
  expect(attempts).toHaveLength(1);
  expect((await first).status).toBe(200);
  expect(await metric(gateway, 'laneway_limit_in_flight')).toContain(' 0');
});

test('more requests than may wait get 503 queue_full with retry-after by what requests took', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream], { lane: { queue: { max: 2 } } });
  const taken = gateway.chat({ model: 'main' });
  await expect.poll(() => upstream.active).toBe(1);
  const waiting = [gateway.chat({ model: 'main' }), gateway.chat({ model: 'main', stream: true })];
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 2');
  const refused = await Promise.all([1, 2, 3].map(() => gateway.chat({ model: 'main' })));
  for (const reply of refused) {
    expect(reply.status).toBe(503);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await reply.clone().json()).toMatchObject({
      error: {
        code: 'queue_full',
        message: 'main: a/m had no room (1 of 1 requests in flight, 2 waiting; no more requests may wait)',
      },
    });
    expect(await gateway.trace(reply)).toMatchObject({ state: 'failed', attempts: [] });
  }
  expect(await metric(gateway, 'laneway_limit_refused_total')).toBe(
    'laneway_limit_refused_total{scope="provider",name="a",code="queue_full"} 3',
  );
  upstream.answerAll();
  for (const reply of await Promise.all([taken, ...waiting])) expect(reply.status).toBe(200);
});

test('a request that waits longer than wait_s gets 503 queue_timeout', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream], { lane: { queue: { wait_s: 0.05 } } });
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => upstream.active).toBe(1);
  const late = await gateway.chat({ model: 'main' });
  expect(late.status).toBe(503);
  expect(await late.json()).toMatchObject({
    error: {
      code: 'queue_timeout',
      message: expect.stringMatching(
        /^main: a\/m had no room \(1 of 1 requests in flight; waited [\d.]+ s\)$/,
      ) as unknown,
    },
  });
  upstream.answerAll();
  await first;
  expect(await metric(gateway, 'laneway_limit_waiting')).toContain(' 0');
});

test('a client that disconnects leaves the queue at once', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream]);
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => upstream.active).toBe(1);
  const leaving = new AbortController();
  const gone = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(say('gone')),
    signal: leaving.signal,
  }).catch(() => null);
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 1');
  leaving.abort();
  await gone;
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 0');
  upstream.answerAll();
  await first;
  expect((await gateway.chat(say('after it'))).status).toBe(200);
  expect(upstream.asked).toEqual(['Hello?', 'after it']);
});

test('a full target is passed over for the next one that has room, without an attempt or a deferral', async () => {
  const [full, next] = [await server(), await server()];
  const gateway = await laneway([full, next], { limits: [1, null] });
  next.answerAll();
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => full.active).toBe(1);
  const reply = await gateway.chat({ model: 'main' });
  expect(reply.headers.get('x-laneway-target')).toBe('b/m');
  expect(reply.headers.get('x-laneway-attempts')).toBe('1');
  const { attempts, plan } = await gateway.trace(reply);
  expect(attempts).toMatchObject([{ n: 1, target: 'b/m' }]);
  expect(plan).toMatchObject([
    { target: 'a/m', code: 'full', reason: '1 of 1 requests in flight: the request went on to b/m' },
    { target: 'b/m', code: null },
  ]);
  expect(await gateway.get('/api/debug/health')).not.toMatchObject({ targets: [{ target: 'a/m' }] });
  full.answerAll();
  await first;
});

test('where all targets are full, the first one that gets room serves the request', async () => {
  const [one, other] = [await server(), await server()];
  const gateway = await laneway([one, other]);
  const running = [gateway.chat({ model: 'main' }), gateway.chat({ model: 'main' })];
  await expect.poll(() => one.active + other.active).toBe(2);
  const third = gateway.chat({ model: 'main' });
  await expect
    .poll(() => metric(gateway, 'laneway_limit_waiting{scope="provider",name="b"}'))
    .toContain(' 1');
  other.answer();
  await expect.poll(() => other.chats).toBe(2);
  expect(await metric(gateway, 'laneway_limit_waiting{scope="provider",name="a"}')).toContain(' 0');
  other.answer();
  expect((await third).headers.get('x-laneway-target')).toBe('b/m');
  one.answer();
  for (const reply of await Promise.all(running)) expect(reply.status).toBe(200);
});

test('a deferred target is no reason to leave the queue of a full one', async () => {
  const full = await server();
  // A port that no program uses: one that was free a moment ago may be another test's by now.
  const dead = { ...full, url: 'http://127.0.0.1:1' };
  const gateway = await laneway([full, dead]);
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => full.active).toBe(1);
  const second = gateway.chat({ model: 'main' });
  await expect
    .poll(() => metric(gateway, 'laneway_limit_waiting{scope="provider",name="a"}'))
    .toContain(' 1');
  full.answerAll();
  expect((await second).headers.get('x-laneway-target')).toBe('a/m');
  await first;
});

test('a full target gets its turn after the one that the request went on to has failed', async () => {
  const full = await server();
  const failing = await startCountingUpstream(() => [{ close: 'reset' }]);
  started.push(() => failing.close());
  failing.answerAll();
  const gateway = await laneway([full, failing], { limits: [1, null] });
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => full.active).toBe(1);
  const second = gateway.chat({ model: 'main' });
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 1');
  full.answerAll();
  const { attempts } = await gateway.trace(await second);
  expect(attempts).toMatchObject([
    { target: 'b/m', class: 'unanswered' },
    { target: 'a/m', class: null },
  ]);
  await first;
});

test('two models of one provider share its limit', async () => {
  const upstream = await server();
  const config = laneOver([upstream.url]);
  config['lanes'] = { main: { preferred: ['a/m', 'a/n'] } };
  (config.providers['a'] as Record<string, unknown>)['concurrency'] = 1;
  const gateway = await startGateway({ config });
  started.push(() => gateway.stop());
  const first = gateway.chat({ model: 'a/n' });
  await expect.poll(() => upstream.active).toBe(1);
  const second = gateway.chat({ model: 'main' });
  await expect
    .poll(() => metric(gateway, 'laneway_limit_waiting'))
    .toBe('laneway_limit_waiting{scope="provider",name="a"} 1');
  upstream.answerAll(5);
  const replies = await Promise.all(
    ['main', 'a/m', 'a/n', 'main', 'a/n'].map((model) => gateway.chat({ model })),
  );
  for (const reply of [await first, await second, ...replies]) expect(reply.status).toBe(200);
  expect(upstream.most).toBe(1);
  expect(await metric(gateway, 'laneway_limit_waiting')).toContain(' 0');
});

test('POST /api/debug/resolve says what a full target means for a request', async () => {
  const [full, next] = [await server(), await server()];
  const gateway = await laneway([full, next], { limits: [1, 1] });
  const explain = async (): Promise<unknown> =>
    (
      await fetch(`${gateway.url}/api/debug/resolve`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'main' }),
      })
    ).json();
  expect(await explain()).toMatchObject({ targets: [{ code: null, reason: null }, { code: null }] });
  const running = [gateway.chat({ model: 'main' })];
  await expect.poll(() => full.active).toBe(1);
  expect(await explain()).toMatchObject({
    targets: [
      {
        code: 'full',
        eligible: true,
        deferred: false,
        reason: '1 of 1 requests in flight: a request goes on to b/m',
      },
      { code: null },
    ],
  });
  running.push(gateway.chat({ model: 'main' }));
  await expect.poll(() => next.active).toBe(1);
  expect(await explain()).toMatchObject({
    targets: [
      { code: 'full', reason: '1 of 1 requests in flight: a request waits for room, 120 s at most' },
      { code: 'full', reason: '1 of 1 requests in flight' },
    ],
  });
  full.answerAll();
  next.answerAll();
  await Promise.all(running);
});

test('POST /api/debug/resolve says that a request is refused where no more may wait', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream], { lane: { queue: { max: 0 } } });
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => upstream.active).toBe(1);
  const resolved = await fetch(`${gateway.url}/api/debug/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main' }),
  });
  expect(await resolved.json()).toMatchObject({
    targets: [
      {
        code: 'full',
        reason:
          '1 of 1 requests in flight: no more requests may wait, so a request is answered with the error queue_full',
      },
    ],
  });
  expect(await (await gateway.chat({ model: 'main' })).json()).toMatchObject({
    error: { code: 'queue_full' },
  });
  upstream.answerAll();
  expect((await first).status).toBe(200);
});

test('a preflight waits for room like any other request', async () => {
  const upstream = await server();
  const gateway = await laneway([upstream]);
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => upstream.active).toBe(1);
  const switched = fetch(`${gateway.url}/api/debug/models/evaluate`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'a', model_id: 'm', preflight: true }),
  });
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 1');
  upstream.answerAll();
  expect(await (await switched).json()).toMatchObject({ preflight: { ok: true } });
  expect((await first).status).toBe(200);
  expect([upstream.chats, upstream.most]).toEqual([2, 1]);
});

test('embeddings wait for their model even if a fallback has room: vectors of two models do not mix', async () => {
  const embedding = { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [1] }], model: 'm' };
  const [full, next] = [
    await startCountingUpstream(() => json(200, embedding)),
    await startCountingUpstream(() => json(200, embedding)),
  ];
  started.push(
    () => full.close(),
    () => next.close(),
  );
  const config = laneOver([full.url, next.url]);
  (config.providers['a'] as Record<string, unknown>)['concurrency'] = 1;
  config['lanes'] = { main: {} };
  config['nodes'] = { embeddings: { model: 'a/m', fallbacks: ['b/m'] } };
  const gateway = await startGateway({ config });
  started.push(() => gateway.stop());
  const embed = async (): Promise<string | null> => {
    const reply = await fetch(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: 'Hello?' }),
    });
    return reply.headers.get('x-laneway-target');
  };
  const first = embed();
  await expect.poll(() => full.active).toBe(1);
  const second = embed();
  await expect.poll(() => metric(gateway, 'laneway_limit_waiting')).toContain(' 1');
  full.answerAll();
  expect([await first, await second]).toEqual(['a/m', 'a/m']);
  expect(next.chats).toBe(0);
});
