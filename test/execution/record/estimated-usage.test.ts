import { afterEach, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, type FakeKind } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(kind: FakeKind, reply: Reply): Promise<TestGateway> {
  const upstream = await startFakeUpstream(chatScript(() => reply));
  running.push({ stop: () => upstream.close() });
  const config = laneOfKinds([{ url: upstream.url, kind }]);
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
  return laneway;
}

const ask = (laneway: TestGateway, path: string, stream: boolean): Promise<Response> =>
  fetch(laneway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'main', max_tokens: 99, stream, messages: [{ role: 'user', content: 'Hello, you' }] },
      ...(stream && path === CHAT ? { stream_options: { include_usage: true } } : null),
    }),
  });

const CHAT = '/v1/chat/completions';
const MESSAGES = '/v1/messages';
/** "Hello there" is 11 bytes, "Hello, you" 10. */
const ESTIMATED = { input_tokens: 3, output_tokens: 3, estimated: true };
const EVENTS = sse([...chunks('Hello', ' there'), '[DONE]']);
const WHOLE = json(200, { ...completion('Hello there'), usage: undefined });

test.each<[string, FakeKind, string, boolean, Reply]>([
  ['a whole reply that is assembled from a stream', 'streams_only', CHAT, false, EVENTS],
  ['a whole reply', 'openai_compatible', CHAT, false, WHOLE],
  ['a translated reply that is assembled', 'streams_only', MESSAGES, false, EVENTS],
  ['a translated whole reply', 'openai_compatible', MESSAGES, false, WHOLE],
  ['a translated stream', 'openai_compatible', MESSAGES, true, EVENTS],
  ['a whole reply that becomes a stream', 'openai_compatible', CHAT, true, WHOLE],
])(
  'the usage of %s is estimated and marked if its upstream reports none',
  async (_name, kind, path, stream, reply) => {
    const laneway = await setUp(kind, reply);
    const answer = await ask(laneway, path, stream);
    const text = await answer.text();
    expect((await laneway.trace(answer)).usage).toMatchObject(ESTIMATED);
    if (stream) return;
    const { usage } = JSON.parse(text) as { usage: Record<string, unknown> };
    expect(usage).toMatchObject(
      path === CHAT
        ? { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 }
        : { input_tokens: 3, output_tokens: 3 },
    );
  },
);

test('what the upstream has counted is not marked', async () => {
  const laneway = await setUp('openai_compatible', json(200, completion('Hello there')));
  const answer = await ask(laneway, CHAT, false);
  await answer.text();
  expect((await laneway.trace(answer)).usage).toMatchObject({
    ...{ input_tokens: 7, output_tokens: 3, estimated: false },
  });
});

test('wire case 42: no usage chunk is invented for a stream', async () => {
  const laneway = await setUp('openai_compatible', WHOLE);
  expect(await (await ask(laneway, CHAT, true)).text()).not.toContain('prompt_tokens');
});
