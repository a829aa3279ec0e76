import { afterEach, expect, test } from 'vitest';

import { hang, json, reset, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, type FakeKind } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(
  servers: readonly (readonly [FakeKind, Reply])[],
  deadlines: Record<string, number> = {},
): Promise<{ laneway: TestGateway; upstreams: FakeUpstream[] }> {
  const upstreams = await Promise.all(servers.map(([, reply]) => startFakeUpstream(chatScript(() => reply))));
  for (const upstream of upstreams) running.push({ stop: () => upstream.close() });
  const lane = laneOfKinds(
    servers.map(([kind], index) => ({ kind, url: upstreams[index]?.url ?? '' })),
    { deadlines },
  );
  const laneway = await startGateway({ config: lane, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
  return { laneway, upstreams };
}

/** What a server was asked for: the bodies of its chats. */
function asked(upstream: FakeUpstream | undefined): Record<string, unknown>[] {
  const posts = upstream?.requests.filter(({ method }) => method === 'POST') ?? [];
  return posts.map((request) => request.json() as Record<string, unknown>);
}

const usage = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
});
const whole = sse([...chunks('Hello', ' there'), usage, '[DONE]']);
const good = json(200, completion('from b'));

test('a unary request goes out as a stream where only those are cancelled, and its reply is a whole one', async () => {
  const { laneway, upstreams } = await setUp([['streams_only', whole]]);
  const answer = await laneway.chat({ model: 'main', stream: false, seed: 7 });
  expect(answer.headers.get('content-type')).toBe('application/json');
  const text = await answer.text();
  expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
  expect(JSON.parse(text)).toMatchObject({
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 3 },
  });
  expect(asked(upstreams[0])).toMatchObject([
    { model: 'm', stream: true, stream_options: { include_usage: true }, seed: 7 },
  ]);
  expect((await laneway.trace(answer)).usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
});

test('wire case 9: the client of an assembled reply leaves, and the upstream is closed within a second', async () => {
  const begun = sse(chunks('one').slice(0, 2), { end: false });
  const { laneway, upstreams } = await setUp([['streams_only', [...begun, hang()]]]);
  const leaving = new AbortController();
  const asking = fetch(`${laneway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main', messages: [{ role: 'user', content: 'Hello?' }] }),
    signal: leaving.signal,
  });
  const request = await upstreams[0]?.request(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  leaving.abort();
  const since = performance.now();
  await expect(asking).rejects.toThrow();
  await request?.closed;
  expect(performance.now() - since).toBeLessThan(1_000);
});

const cut = sse(chunks('half an answer').slice(0, 2), { end: false });
test.each([
  ['is cut by a reset', [...cut, reset()], 'unanswered'],
  ['ends without a finish reason', sse(chunks('half an answer').slice(0, 2)), 'unanswered'],
  [
    'reports an error in mid-stream',
    sse([...chunks('half').slice(0, 2), '{"error":{"message":"slot lost"}}']),
    null,
  ],
  ['is garbled', sse([...chunks('half').slice(0, 2), '{"choices":']), 'malformed'],
  ['holds no event at all', sse([]), 'malformed'],
] as [string, Reply, string | null][])(
  'wire case 195: an assembled stream that %s is never half a reply: the next target answers',
  async (_name, reply, failureClass) => {
    const { laneway } = await setUp([
      ['streams_only', reply],
      ['openai_compatible', good],
    ]);
    const answer = await laneway.chat({ model: 'main' });
    expect(await answer.json()).toEqual(completion('from b'));
    const { attempts } = await laneway.trace(answer);
    expect(attempts).toHaveLength(2);
    if (failureClass !== null) expect(attempts[0]?.class).toBe(failureClass);
  },
);

test('wire case 52: after a fallback the usage is that of the attempt that answered', async () => {
  const costly = JSON.stringify({
    ...(JSON.parse(usage) as object),
    usage: { prompt_tokens: 999, completion_tokens: 999 },
  });
  const { laneway } = await setUp([
    ['streams_only', sse([...chunks('half').slice(0, 2), costly])],
    ['openai_compatible', good],
  ]);
  const answer = await laneway.chat({ model: 'main' });
  expect(await answer.json()).toMatchObject({ usage: { prompt_tokens: 7, completion_tokens: 3 } });
  expect((await laneway.trace(answer)).usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
});

test('a stall shows: an assembled stream that falls silent gives its turn to the next target', async () => {
  const { laneway } = await setUp(
    [
      ['streams_only', [...cut, hang()]],
      ['openai_compatible', good],
    ],
    { idle_s: 0.2 },
  );
  const answer = await laneway.chat({ model: 'main' });
  expect(await answer.json()).toEqual(completion('from b'));
  const { attempts } = await laneway.trace(answer);
  expect(attempts[0]).toMatchObject({ class: 'unanswered', message: 'sent nothing for 200 ms' });
});

test('wire case 15: a whole reply to a unary request that went out as a stream is that reply, byte for byte', async () => {
  const { laneway } = await setUp([['streams_only', good]]);
  expect(await (await laneway.chat({ model: 'main' })).json()).toEqual(completion('from b'));
});

test('wire case 16: a stream where none was asked for is put together', async () => {
  const { laneway, upstreams } = await setUp([['openai_compatible', whole]]);
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { content: 'Hello there' }, finish_reason: 'stop' }],
  });
  expect(asked(upstreams[0])[0]).not.toHaveProperty('stream');
});

test.each([
  [true, 1],
  [false, 0],
])(
  'wire case 15: a whole reply where a stream was asked for becomes a stream of one piece (usage asked: %s)',
  async (include, usageChunks) => {
    const { laneway } = await setUp([['openai_compatible', good]]);
    const options = include ? { stream_options: { include_usage: true } } : {};
    const answer = await laneway.chat({ model: 'main', stream: true, ...options });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const text = await answer.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const events = text.split('\n\n').slice(0, -2);
    const parsed = events.map((event) => JSON.parse(event.slice('data: '.length)) as Chunk);
    expect(parsed.map(({ choices }) => choices[0]?.delta?.content ?? '').join('')).toBe('from b');
    expect(parsed.some(({ choices }) => choices[0]?.finish_reason === 'stop')).toBe(true);
    expect(parsed.filter(({ choices }) => choices.length === 0)).toHaveLength(usageChunks);
    expect((await laneway.trace(answer)).usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
  },
);

interface Chunk {
  readonly choices: readonly {
    readonly delta?: { readonly content?: string };
    readonly finish_reason: unknown;
  }[];
}

test('wire case 15: an error under a 200 where a stream was asked for is a failure like any other', async () => {
  const { laneway } = await setUp([
    [
      'openai_compatible',
      json(200, { error: { message: 'model is loading', type: 'unavailable_error', code: 503 } }),
    ],
    ['openai_compatible', whole],
  ]);
  const answer = await laneway.chat({ model: 'main', stream: true });
  expect(await answer.text()).toContain(' there');
  expect((await laneway.trace(answer)).attempts).toHaveLength(2);
});
