import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { startCountingUpstream, type CountingUpstream } from './counting-upstream.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** A gateway with two servers without limits, a lane of one request at once, and a second lane without a limit. */
async function laneway(
  lane: object = {},
): Promise<{ gateway: TestGateway; one: CountingUpstream; two: CountingUpstream }> {
  const [one, two] = [await startCountingUpstream(), await startCountingUpstream()];
  const config = laneOver([one.url, two.url]);
  config['lanes'] = {
    main: { preferred: ['a/m', 'b/m'], concurrency: 1, ...lane },
    other: { preferred: ['a/m'] },
  };
  const gateway = await startGateway({ config });
  started.push(
    () => one.close(),
    () => two.close(),
    () => gateway.stop(),
  );
  return { gateway, one, two };
}

const waiting = async (gateway: TestGateway): Promise<number> => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^laneway_limit_waiting\{scope="lane",name="main"\} (\d+)$/m.exec(text)?.[1]);
};

test('a lane never has more requests at once than it may, by name or through a node, streams included', async () => {
  const { gateway, one, two } = await laneway();
  one.answerAll(3);
  const bodies = [{ model: 'main' }, { model: 'evaluate' }, { model: 'lane:main', stream: true }];
  const replies = await Promise.all([...bodies, ...bodies, ...bodies].map((body) => gateway.chat(body)));
  for (const reply of replies) expect([reply.status, (await reply.text()).length > 0]).toEqual([200, true]);
  expect([one.most, two.chats]).toEqual([1, 0]);
});

test('a full lane holds its own requests only, and says so', async () => {
  const { gateway, one } = await laneway();
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => one.active).toBe(1);
  const second = gateway.chat({ model: 'main' });
  await expect.poll(() => waiting(gateway)).toBe(1);
  const resolved = (await (
    await fetch(`${gateway.url}/api/debug/resolve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'main' }),
    })
  ).json()) as { warnings: unknown };
  expect(resolved.warnings).toEqual([
    {
      code: 'lane_full',
      detail: 'lane main, 1 of 1 requests in flight, 1 waiting: a request waits for room, 120 s at most',
    },
  ]);
  const others = [gateway.chat({ model: 'other' }), gateway.chat({ model: 'a/m' })];
  await expect.poll(() => one.active).toBe(3);
  one.answerAll();
  const reply = await second;
  expect(reply.headers.get('x-laneway-warnings')).toMatch(/^waited=[\d.]+ s for room in lane main$/);
  expect(
    (await gateway.trace(reply)).phases.find(({ name }) => name === 'admit')?.duration_ms,
  ).toBeGreaterThan(1);
  for (const each of await Promise.all([first, ...others])) expect(each.status).toBe(200);
});

test('more than may wait for a lane get queue_full, those that wait too long queue_timeout', async () => {
  const { gateway, one } = await laneway({ queue: { max: 1, wait_s: 0.3 } });
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => one.active).toBe(1);
  const late = gateway.chat({ model: 'main' });
  await expect.poll(() => waiting(gateway)).toBe(1);
  const resolved = await fetch(`${gateway.url}/api/debug/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main' }),
  });
  expect(await resolved.json()).toMatchObject({
    warnings: [
      {
        code: 'lane_full',
        detail:
          'lane main, 1 of 1 requests in flight, 1 waiting: no more requests may wait, so a request is answered with the error queue_full',
      },
    ],
  });
  const full = await gateway.chat({ model: 'main' });
  expect([full.status, full.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await full.json()).toMatchObject({
    error: {
      code: 'queue_full',
      message: 'lane "main" had no room (1 of 1 requests in flight, 1 waiting; no more requests may wait)',
      type: 'api_error',
    },
  });
  const reply = await late;
  expect(reply.status).toBe(503);
  expect(await reply.clone().json()).toMatchObject({ error: { code: 'queue_timeout' } });
  expect(await gateway.trace(reply)).toMatchObject({ state: 'failed', attempts: [], target: null });
  one.answerAll();
  expect((await first).status).toBe(200);
});

test('on the Anthropic surface a full lane is an overloaded_error', async () => {
  const { gateway, one } = await laneway({ queue: { max: 0 } });
  const first = gateway.chat({ model: 'main' });
  await expect.poll(() => one.active).toBe(1);
  const reply = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main', max_tokens: 9, messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  expect([reply.status, await reply.json()]).toMatchObject([503, { error: { type: 'overloaded_error' } }]);
  one.answerAll();
  await first;
});

test('a request with the hint "background" goes after those that came later', async () => {
  const { gateway, one } = await laneway();
  const say = (content: string): Record<string, unknown> => ({
    model: 'main',
    messages: [{ role: 'user', content }],
  });
  const first = gateway.chat(say('first'));
  await expect.poll(() => one.active).toBe(1);
  const background = gateway.chat(say('background'), { 'x-laneway-hint': 'background' });
  await expect.poll(() => waiting(gateway)).toBe(1);
  const urgent = gateway.chat(say('urgent'));
  await expect.poll(() => waiting(gateway)).toBe(2);
  one.answerAll();
  await Promise.all([first, background, urgent]);
  expect(one.asked).toEqual(['first', 'urgent', 'background']);
});

test('a reload with a higher limit lets those that wait go on, one without a limit all of them', async () => {
  const { gateway, one } = await laneway();
  const reload = async (limit: number | null): Promise<void> => {
    const { writeFileSync, readFileSync } = await import('node:fs');
    const path = `${gateway.folder}/config/models.json`;
    const config = JSON.parse(readFileSync(path, 'utf8')) as { lanes: { main: Record<string, unknown> } };
    if (limit === null) delete config.lanes.main['concurrency'];
    else config.lanes.main['concurrency'] = limit;
    writeFileSync(path, JSON.stringify(config));
    expect((await fetch(`${gateway.url}/api/debug/config/reload`, { method: 'POST' })).status).toBe(200);
  };
  const replies = [1, 2, 3, 4, 5].map(() => gateway.chat({ model: 'main' }));
  await expect.poll(() => waiting(gateway)).toBe(4);
  await reload(3);
  await expect.poll(() => one.active).toBe(3);
  expect(await waiting(gateway)).toBe(2);
  await reload(1);
  one.answer(2);
  await expect.poll(() => gateway.app.recorder.running).toBe(3);
  expect([one.active, await waiting(gateway)]).toEqual([1, 2]);
  await reload(null);
  await expect.poll(() => one.active).toBe(3);
  one.answerAll();
  for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200);
});

test('at the end of a shutdown each request that waits gets one answer', async () => {
  const { gateway, one } = await laneway();
  const running = gateway.chat({ model: 'main' });
  await expect.poll(() => one.active).toBe(1);
  const held = [gateway.chat({ model: 'main' }), gateway.chat({ model: 'main', stream: true })];
  await expect.poll(() => waiting(gateway)).toBe(2);
  gateway.app.recorder.abortAll();
  for (const reply of await Promise.all([running, ...held])) {
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({ error: { code: 'draining' } });
  }
  await gateway.app.recorder.idle();
  expect(one.chats).toBe(1);
});
