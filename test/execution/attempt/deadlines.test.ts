import { afterEach, expect, test } from 'vitest';

import { hang, head, json, sse, wait } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(
  replies: readonly Reply[],
  deadlines: Record<string, number>,
): Promise<{ laneway: TestGateway; servers: FakeUpstream[] }> {
  const servers = await Promise.all(replies.map((reply) => startFakeUpstream(chatScript(() => reply))));
  for (const server of servers) running.push({ stop: () => server.close() });
  const laneway = await startGateway({
    config: laneOver(
      servers.map(({ url }) => url),
      { deadlines },
    ),
  });
  running.push(laneway);
  return { laneway, servers };
}

const streamHead = head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });
const good = sse([...chunks('from b'), '[DONE]']);

test('headers and then silence: the next target gets its turn after the first-token deadline', async () => {
  const { laneway, servers } = await setUp([[streamHead, hang()], good], { first_token_s: 0.2 });
  const answer = await laneway.chat({ model: 'main', stream: true });
  expect(await answer.text()).toContain('from b');
  const { attempts } = await laneway.trace(answer);
  expect(attempts[0]).toMatchObject({ class: 'unanswered', message: 'sent no content within 200 ms' });
  await (
    await servers[0]?.request(1)
  )?.closed;
});

test('silence before the headers counts the same, and alone it is 504 upstream_timeout (wire case 201)', async () => {
  const { laneway } = await setUp([[hang()]], { first_token_s: 0.2 });
  const answer = await laneway.chat({ model: 'main', stream: true });
  expect(answer.status).toBe(504);
  expect(await answer.json()).toMatchObject({ error: { code: 'upstream_timeout' } });
});

test('silence after some chunks is reported in an error event at the idle deadline (wire case 201)', async () => {
  const begun = sse(chunks('one').slice(0, 2), { end: false });
  const { laneway } = await setUp([[...begun, hang()], good], { idle_s: 0.2 });
  const answer = await laneway.chat({ model: 'main', stream: true });
  const body = await answer.text();
  expect(body).toContain('one');
  expect(body).toContain('"code":"upstream_timeout"');
  expect(body).not.toContain('from b');
  expect(body).not.toContain('[DONE]');
});

test('a stream that keeps talking is not cut by the idle deadline', async () => {
  const slow = sse([...chunks('one', 'two', 'three', 'four'), '[DONE]'], { delayMs: 120 });
  const { laneway } = await setUp([slow], { idle_s: 0.3, first_token_s: 0.3 });
  const body = await (await laneway.chat({ model: 'main', stream: true })).text();
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('a unary reply may take longer than the first-token and idle deadlines: its headers come last', async () => {
  const late: Reply = [wait(500), ...json(200, completion('late'))];
  const { laneway } = await setUp([late], { first_token_s: 0.1, idle_s: 0.1 });
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(200);
});

test('the total deadline is for the whole request, however often it moved on', async () => {
  const { laneway, servers } = await setUp([[hang()], [hang()], good], { first_token_s: 0.25, total_s: 0.4 });
  const answer = await laneway.chat({ model: 'main', stream: true });
  expect(answer.status).toBe(504);
  expect(await answer.json()).toMatchObject({ error: { code: 'deadline_exceeded' } });
  expect(servers[2]?.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
});

test('a trickle that never ends is cut at the total deadline (wire case 201)', async () => {
  const endless = sse(['{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}'], {
    end: false,
  });
  const trickle: Reply = [
    ...endless,
    ...Array.from({ length: 40 }, () => [wait(50), ...endless.slice(1)]).flat(),
  ];
  const { laneway } = await setUp([trickle], { idle_s: 5, total_s: 0.5 });
  const body = await (await laneway.chat({ model: 'main', stream: true })).text();
  expect(body).toContain('"code":"deadline_exceeded"');
  expect(body).not.toContain('[DONE]');
});
