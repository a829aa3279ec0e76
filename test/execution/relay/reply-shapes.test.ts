import { afterAll, beforeAll, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import {
  FAKE_TYPES,
  FAKE_VARIABLES,
  laneOfKinds,
  message,
  messageStream,
  type FakeBlock,
  type FakeKind,
} from '../../support/two-wires.ts';

const said: FakeBlock = { type: 'text', text: 'Hello there' };
const usage = JSON.stringify({
  ...(JSON.parse(chunks()[0] ?? '{}') as object),
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
});

/** Every kind of server, each answering in one way whatever it is asked for. */
const SERVERS: readonly (readonly [FakeKind, 'whole' | 'stream', Reply])[] = [
  ['openai_compatible', 'whole', json(200, completion('Hello there'))],
  ['openai_compatible', 'stream', sse([...chunks('Hello', ' there'), usage, '[DONE]'])],
  ['streams_only', 'whole', json(200, completion('Hello there'))],
  ['streams_only', 'stream', sse([...chunks('Hello', ' there'), usage, '[DONE]'])],
  ['anthropic', 'whole', json(200, message([said]))],
  ['anthropic', 'stream', messageStream([said])],
];

let laneway: TestGateway;
const running: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  const urls: { url: string; kind: FakeKind }[] = [];
  for (const [kind, , reply] of SERVERS) {
    const upstream = await startFakeUpstream(chatScript(() => reply));
    running.push({ stop: () => upstream.close() });
    urls.push({ url: upstream.url, kind });
  }
  laneway = await startGateway({ config: laneOfKinds(urls), types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
});
afterAll(async () => {
  for (const one of running.reverse()) await one.stop();
});

const cases = SERVERS.flatMap(([kind, shape], index) =>
  (['/v1/chat/completions', '/v1/messages'] as const).flatMap((path) =>
    [false, true].map((stream) => [path, stream ? 'stream' : 'whole', kind, shape, index, stream] as const),
  ),
);

test.each(cases)(
  'wire cases 15, 16: a client of %s that asks for a %s reply gets one, though the server (%s) answers with a %s one',
  async (path, _asked, _kind, _shape, index, stream) => {
    const answer = await fetch(laneway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: `${String.fromCharCode(97 + index)}/m`,
        max_tokens: 99,
        stream,
        messages: [{ role: 'user', content: 'Hello?' }],
      }),
    });
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(
      stream ? /^text\/event-stream/ : /^application\/json$/,
    );
    expect((stream ? wordsOf(text) : wholeOf(JSON.parse(text))).join('')).toBe('Hello there');
    const ends = path === '/v1/messages' ? /event: message_stop\ndata: .*\n\n$/ : /data: \[DONE\]\n\n$/;
    if (stream) expect(text).toMatch(ends);
    expect((await laneway.trace(answer)).usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
  },
);

interface Whole {
  readonly choices?: readonly { readonly message: { readonly content: string } }[];
  readonly content?: readonly { readonly text: string }[];
}

function wholeOf(reply: unknown): string[] {
  const { choices, content } = reply as Whole;
  return [...(choices ?? []).map((each) => each.message.content), ...(content ?? []).map(({ text }) => text)];
}

interface Event {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly delta?: { readonly text?: string };
}

function wordsOf(stream: string): string[] {
  const data = stream.split('\n').filter((line) => line.startsWith('data: {'));
  return data.map((line) => {
    const event = JSON.parse(line.slice('data: '.length)) as Event;
    return event.delta?.text ?? event.choices?.[0]?.delta?.content ?? '';
  });
}
