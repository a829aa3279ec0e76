import { afterEach, expect, test } from 'vitest';

import { startBlackHole } from '../../support/fake-network.ts';
import { hang, json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function server(reply: Reply): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(chatScript(() => reply));
  running.push(() => upstream.close());
  return upstream;
}

/** A gateway whose lane tries `url` first, and a second server that would answer. */
async function laneway(url: string): Promise<{ gateway: TestGateway; spare: FakeUpstream }> {
  const spare = await server(json(200, completion('from the second one')));
  const gateway = await startGateway({ config: laneOver([url, spare.url]), discover: false });
  running.push(() => gateway.stop());
  return { gateway, spare };
}

/** What the shutdown does at the end of its deadline, and on a second signal. */
function abortAll({ app }: TestGateway): void {
  app.recorder.abortAll();
}

function warningsOf(gateway: TestGateway): unknown {
  return gateway.log.filter(({ level }) => level === 'warn');
}

test('a request that waits for its reply ends as unanswered, not started; no other target is called', async () => {
  const silent = await server([hang()]);
  const { gateway, spare } = await laneway(silent.url);
  const asked = gateway.chat({ model: 'main' });
  await expect.poll(() => silent.requests.length).toBe(1);
  abortAll(gateway);
  const reply = await asked;
  expect(reply.status).toBe(503);
  expect(await reply.clone().json()).toMatchObject({ error: { code: 'draining' } });
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  const { state, attempts, target } = await gateway.trace(reply);
  expect({ state, target }).toEqual({ state: 'failed', target: null });
  expect(attempts).toMatchObject([
    { target: 'a/m', class: 'unanswered', message: 'was aborted: the gateway is shutting down' },
  ]);
  expect(spare.requests).toHaveLength(0);
  expect(warningsOf(gateway)).toEqual([]);
});

test('a request that was not sent yet ends as not_sent', async () => {
  const hole = await startBlackHole();
  running.push(() => hole.close());
  const { gateway, spare } = await laneway(hole.url);
  const asked = gateway.chat({ model: 'main' });
  await expect.poll(() => gateway.app.recorder.running).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  abortAll(gateway);
  const reply = await asked;
  expect(await reply.clone().json()).toMatchObject({ error: { code: 'draining' } });
  const { state, attempts } = await gateway.trace(reply);
  expect(state).toBe('failed');
  expect(attempts).toMatchObject([{ target: 'a/m', class: 'not_sent' }]);
  expect(spare.requests).toHaveLength(0);
});

test('a stream that has sent content ends as started, with the state partial and an error event', async () => {
  const slow = await server([...sse(chunks('one').slice(0, 2), { end: false }), hang()]);
  const { gateway } = await laneway(slow.url);
  const reply = await gateway.chat({ model: 'main', stream: true });
  abortAll(gateway);
  expect(await reply.text()).toContain('"code":"draining"');
  const { state, attempts } = await gateway.trace(reply);
  expect(state).toBe('partial');
  expect(attempts).toMatchObject([{ target: 'a/m', class: 'started' }]);
  expect(warningsOf(gateway)).toEqual([]);
});
