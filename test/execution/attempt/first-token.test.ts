import { afterEach, describe, expect, test } from 'vitest';

import { chunk, hang, json, lastChunk, send, sse, wait } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply, type Step } from '../../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import {
  FAKE_TYPES,
  FAKE_VARIABLES,
  laneOfKinds,
  messageStream,
  type FakeKind,
} from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(
  servers: readonly (readonly [FakeKind, Reply])[],
  deadlines: Record<string, number>,
): Promise<TestGateway> {
  const kinds = await Promise.all(
    servers.map(async ([kind, reply]) => {
      const upstream = await startFakeUpstream(chatScript(() => reply));
      running.push({ stop: () => upstream.close() });
      return { kind, url: upstream.url };
    }),
  );
  const config = laneOfKinds(kinds, { deadlines });
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
  return laneway;
}

const [role = '', ...rest] = chunks('late');
const [streamHead = send('')] = sse([]);
const answer: Reply = [...[...rest, '[DONE]'].map((event) => chunk(`data: ${event}\n\n`)), lastChunk()];
const good = sse([...chunks('from b'), '[DONE]']);

const progress = JSON.stringify({
  ...(JSON.parse(role) as object),
  choices: [],
  prompt_progress: { total: 9000, cache: 0, processed: 100, time_ms: 70 },
});

/** What servers send while they read a prompt. */
const signs: [string, Step][] = [
  ['a comment', chunk(': keep-alive\n\n')],
  ['a chunk without content', chunk(`data: ${role}\n\n`)],
  ['a progress event', chunk(`data: ${progress}\n\n`)],
  ['a blank line', chunk('\n')],
];

describe.each(signs)('%s is a sign of life', (_name, sign) => {
  test('the server has the whole time for the first token again', async () => {
    const reply = [streamHead, ...Array.from({ length: 5 }, () => [wait(180), sign]).flat(), ...answer];
    const laneway = await setUp([['openai_compatible', reply]], { first_token_s: 0.6, idle_s: 0.1 });
    const text = await (await laneway.chat({ model: 'main', stream: true })).text();
    expect(text).toContain('late');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('without content it keeps a server alive for three times that time, not longer', async () => {
    const endless = Array.from({ length: 60 }, () => [wait(50), sign]).flat();
    const laneway = await setUp(
      [
        ['openai_compatible', [streamHead, ...endless, hang()]],
        ['openai_compatible', good],
      ],
      { first_token_s: 0.3 },
    );
    const reply = await laneway.chat({ model: 'main', stream: true });
    expect(await reply.text()).toContain('from b');
    expect((await laneway.trace(reply)).attempts[0]).toMatchObject({
      class: 'unanswered',
      message: 'sent signs of life, but no content within 900 ms',
    });
  });
});

test('the headers are a sign of life: llama-server sends them when a slot is free, and then reads the prompt', async () => {
  const reply = [wait(400), streamHead, wait(400), ...answer];
  const laneway = await setUp([['openai_compatible', reply]], { first_token_s: 0.6 });
  expect(await (await laneway.chat({ model: 'main', stream: true })).text()).toContain('late');
});

test('a role without content does not start the shorter time between events', async () => {
  const reply = [streamHead, chunk(`data: ${role}\n\n`), wait(500), ...answer];
  const laneway = await setUp([['openai_compatible', reply]], { first_token_s: 5, idle_s: 0.1 });
  expect(await (await laneway.chat({ model: 'main', stream: true })).text()).toContain('late');
});

test('pings of the Messages API while the model thinks count as well, for a client of either API', async () => {
  const [head = streamHead, start = wait(0), ...others] = messageStream([{ type: 'text', text: 'late' }]);
  const ping = [wait(180), chunk('event: ping\ndata: {"type":"ping"}\n\n')];
  const reply = [head, start, ...ping, ...ping, ...ping, ...ping, ...others];
  const laneway = await setUp([['anthropic', reply]], { first_token_s: 0.5, idle_s: 0.1 });
  expect(await (await laneway.chat({ model: 'main', stream: true })).text()).toContain('late');
  const messages = await fetch(`${laneway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'main', max_tokens: 9, stream: true },
      messages: [{ role: 'user', content: 'x' }],
    }),
  });
  expect(await messages.text()).toContain('message_stop');
});

describe('a whole reply that is requested as a stream', () => {
  test('is kept alive by comments until its first content', async () => {
    const sign = chunk(': keep-alive\n\n');
    const reply = [streamHead, ...Array.from({ length: 5 }, () => [wait(180), sign]).flat(), ...answer];
    const laneway = await setUp([['streams_only', reply]], { first_token_s: 0.6, idle_s: 0.1 });
    expect(await (await laneway.chat({ model: 'main' })).json()).toMatchObject({
      choices: [{ message: { content: 'late' } }],
    });
  });

  test('may take longer than three times the time for the first token once content has arrived', async () => {
    const words = Array.from({ length: 12 }, () => [wait(120), chunk(`data: ${rest[0] ?? ''}\n\n`)]).flat();
    const laneway = await setUp([['streams_only', [streamHead, ...words, ...answer]]], {
      first_token_s: 0.4,
      idle_s: 2,
    });
    expect((await laneway.chat({ model: 'main' })).status).toBe(200);
  });
});

test('a whole reply in place of a stream may come in pieces', async () => {
  const body = JSON.stringify(completion('late'));
  const head = send(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  const reply = [head, wait(300), send(body.slice(0, 20)), wait(300), send(body.slice(20))];
  const laneway = await setUp([['openai_compatible', reply]], { first_token_s: 0.5, idle_s: 0.5 });
  expect(await (await laneway.chat({ model: 'main', stream: true })).text()).toContain('late');
});

test('nothing at all is still one time for the first token', async () => {
  const laneway = await setUp(
    [
      ['openai_compatible', [hang()]],
      ['openai_compatible', json(200, completion('from b'))],
    ],
    { first_token_s: 0.2 },
  );
  const reply = await laneway.chat({ model: 'main', stream: true });
  expect(await reply.text()).toContain('from b');
  expect((await laneway.trace(reply)).attempts[0]?.message).toBe('sent no content within 200 ms');
});

test('a local server has 600 s for its first token where nothing is configured', async () => {
  const upstream = await startFakeUpstream(chatScript(() => [hang()]));
  running.push({ stop: () => upstream.close() });
  const laneway = await startGateway({
    config: laneOver([upstream.url], { deadlines: { connect_s: 3000, total_s: 6000 } }),
    // A thousand times faster: 600 s are 600 ms.
    clock: { now: () => performance.now() * 1000, wall: () => Date.now() },
  });
  running.push(laneway);
  const reply = await laneway.chat({ model: 'main', stream: true });
  expect(reply.status).toBe(504);
  expect((await laneway.trace(reply)).attempts[0]?.message).toBe('sent no content within 600 s');
});
