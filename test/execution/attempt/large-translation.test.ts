import { afterEach, expect, test } from 'vitest';

import { LARGE_BODY_BYTES } from '../../../src/wire/large-body/offload.ts';
import { json } from '../../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import {
  FAKE_TYPES,
  FAKE_VARIABLES,
  laneOfKinds,
  message,
  type FakeBlock,
  type FakeKind,
} from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(
  ...servers: readonly (readonly [FakeKind, (request: FakeRequest, chat: number) => Reply])[]
): Promise<{ laneway: TestGateway; upstreams: FakeUpstream[] }> {
  const upstreams = await Promise.all(servers.map(([, answer]) => startFakeUpstream(chatScript(answer))));
  for (const upstream of upstreams) running.push({ stop: () => upstream.close() });
  const config = laneOfKinds(servers.map(([kind], index) => ({ kind, url: upstreams[index]?.url ?? '' })));
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
  return { laneway, upstreams };
}

interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly logit_bias?: object;
}

function asked(upstream: FakeUpstream | undefined): Asked[] {
  const posts = upstream?.requests.filter(({ method }) => method === 'POST') ?? [];
  return posts.map((request) => request.json() as Asked);
}

const LONG = 'Ein langer "Text" \\ mit Zeilen\nund 😀. '.repeat(Math.ceil((LARGE_BODY_BYTES * 1.2) / 40));
const messages = [{ role: 'user', content: LONG }];
const said: FakeBlock = { type: 'text', text: 'Yes.' };
const busy = json(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

test('a large request to the other wire arrives there whole', async () => {
  const { laneway, upstreams } = await setUp(['anthropic', () => json(200, message([said]))]);
  const answer = await laneway.chat({ model: 'main', max_tokens: 9, messages });
  expect(await answer.json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { content: 'Yes.' } }],
  });
  const [body] = asked(upstreams[0]);
  expect(body?.model).toBe('m');
  expect(JSON.stringify(body?.messages)).toContain(JSON.stringify(LONG));
});

test('wire cases 72, 76: what the reply must know of a large request comes back with it', async () => {
  const { laneway } = await setUp([
    'anthropic',
    (request) => {
      const name = (request.json() as { tools: [{ name: string }] }).tools[0].name;
      expect(name).not.toContain('.');
      return json(200, message([{ type: 'tool_use', id: 'toolu_1', name, input: {} }], 'tool_use'));
    },
  ]);
  const answer = await laneway.chat({ model: 'main', messages, functions: [{ name: 'files.read' }] });
  expect(await answer.json()).toMatchObject({
    choices: [{ message: { function_call: { name: 'files.read' } }, finish_reason: 'function_call' }],
  });
});

test('after a failed attempt the large body is back: the next target, of the client’s own wire, gets its bytes', async () => {
  const { laneway, upstreams } = await setUp(
    ['anthropic', () => busy],
    ['anthropic', () => busy],
    ['openai_compatible', () => json(200, completion('from c'))],
  );
  const answer = await laneway.chat({ model: 'main', messages, x_own: 1 });
  expect(await answer.json()).toEqual(completion('from c'));
  expect(asked(upstreams[2])).toEqual([{ messages, model: 'm', x_own: 1 }]);
  expect((await laneway.trace(answer)).attempts).toHaveLength(3);
});

test('what the other wire cannot express is the same error as for a small request, and the next target is tried', async () => {
  const unsupported = { model: 'main', n: 2 };
  const { laneway } = await setUp(['anthropic', () => json(200, message([said]))]);
  const small = (await (await laneway.chat(unsupported)).json()) as { error: object };
  const large = (await (await laneway.chat({ ...unsupported, messages })).json()) as { error: object };
  expect(small.error).toMatchObject({ code: 'unsupported_parameter', param: 'n' });
  expect(large.error).toEqual(small.error);

  const both = await setUp(
    ['anthropic', () => json(200, message([said]))],
    ['openai_compatible', () => json(200, completion('from b'))],
  );
  const answer = await both.laneway.chat({ ...unsupported, messages });
  expect(await answer.json()).toEqual(completion('from b'));
  expect(asked(both.upstreams[0])).toHaveLength(0);
});

test('wire case 111: foreign thinking leaves a large conversation as well', async () => {
  const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'sig-b' } as const;
  const { laneway, upstreams } = await setUp(
    ['anthropic', () => json(200, message([said]))],
    ['anthropic', () => json(200, message([thinking, said]))],
  );
  const call = (model: string, turns: object[]): Promise<Response> =>
    fetch(`${laneway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 9, messages: [...messages, ...turns] }),
    });
  await (await call('b/m', [])).text();
  const turns = [
    { role: 'assistant', content: [thinking, said] },
    { role: 'user', content: '?' },
  ];
  const answer = await call('a/m', turns);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-laneway-warnings')).toContain('thinking_stripped');
  expect(asked(upstreams[0])[0]?.messages).toEqual([...messages, { ...turns[0], content: [said] }, turns[1]]);
});
