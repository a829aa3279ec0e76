import { afterEach, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const SIGNED = { google: { thought_signature: 'CrICAdHtim827fQ+/==' } };
const PLACEHOLDER = { google: { thought_signature: 'skip_thought_signature_validator' } };
const CALL_ID = 'function-call:123';
const QUESTION = { role: 'user', content: 'Weather?' };
const TOOLS = [{ name: 'look', input_schema: { type: 'object', properties: {} } }];

interface Call {
  readonly id: string;
  readonly extra_content?: object;
}

interface Asked {
  readonly stream?: boolean;
  readonly messages: readonly { role: string; tool_calls?: readonly Call[] }[];
}

/** Gemini's replies on the OpenAI wire: the signature is in the first call only. */
function gemini(asked: Asked, late: boolean): Reply {
  const called = { id: CALL_ID, type: 'function', function: { name: 'look', arguments: '{"city":"Paris"}' } };
  const other = { ...called, id: 'c2' };
  const envelope = { id: 'c', object: 'x', created: 1, model: 'gemini-3-pro' };
  const delta = (index: number, call: object): object => ({
    ...envelope,
    choices: [
      { index: 0, delta: { role: 'assistant', tool_calls: [{ index, ...call }] }, finish_reason: null },
    ],
  });
  const finish = { ...envelope, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] };
  if (asked.stream === true) {
    const first = late
      ? [delta(0, called), delta(0, { function: { arguments: '' }, extra_content: SIGNED })]
      : [delta(0, { ...called, extra_content: SIGNED })];
    return sse([...first, delta(1, other), finish].map((one) => JSON.stringify(one)).concat('[DONE]'));
  }
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [{ ...called, extra_content: SIGNED }, other],
  };
  return json(200, { ...envelope, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
}

async function setUp(
  late = false,
  models: readonly string[] = ['gemini-3-pro'],
): Promise<{ laneway: TestGateway; upstream: FakeUpstream }> {
  const upstream = await startFakeUpstream(chatScript((request) => gemini(request.json() as Asked, late)));
  running.push({ stop: () => upstream.close() });
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { g: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true } },
      models: Object.fromEntries(models.map((model) => [`g/${model}`, {}])),
      lanes: { main: { preferred: models.map((model) => `g/${model}`) } },
    },
  });
  running.push(laneway);
  return { laneway, upstream };
}

function ask(
  laneway: TestGateway,
  model: string,
  turns: readonly object[],
  more: object = {},
): Promise<Response> {
  return fetch(`${laneway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 99, tools: TOOLS, messages: [QUESTION, ...turns], ...more }),
  });
}

/** The turns of a client of Anthropic's API that has answered the calls with these ids. */
const answered = (...ids: readonly string[]): object[] => [
  {
    role: 'assistant',
    content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: { city: 'Paris' } })),
  },
  { role: 'user', content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: '20' })) },
];

function callsSent(upstream: FakeUpstream): readonly Call[] {
  const last = upstream.requests.findLast(({ method }) => method === 'POST');
  return (last?.json() as Asked).messages.find(({ role }) => role === 'assistant')?.tool_calls ?? [];
}

const warnings = (reply: Response): string => reply.headers.get('x-laneway-warnings') ?? '';

test.each([
  ['whole', false, false, ''],
  ['streamed', true, false, ''],
  ['streamed, the signature after the arguments', true, true, ''],
  ['whole, in a request above 1 MiB', false, false, 'x'.repeat(1_200_000)],
])(
  'a client of Anthropic’s API gets Gemini’s signature back to it: %s',
  async (_name, stream, late, padding) => {
    const { laneway, upstream } = await setUp(late);
    const first = await ask(laneway, 'g/gemini-3-pro', [], { stream });
    const id = /"id":"(function-call[^"]+)"/.exec(await first.text())?.[1] ?? '';
    expect(id).toMatch(/^[A-Za-z0-9_-]+$/);

    const more = padding === '' ? {} : { system: padding };
    const second = await ask(laneway, 'g/gemini-3-pro', answered(id, 'c2'), more);
    expect(second.status).toBe(200);
    expect(warnings(second)).not.toContain('call_state_lost');
    expect(callsSent(upstream).map(({ extra_content: extra }) => extra)).toEqual([SIGNED, undefined]);
  },
);

test('a signature that is not known is replaced by the vendor’s placeholder, and a warning says so', async () => {
  const { laneway, upstream } = await setUp();
  const reply = await ask(laneway, 'g/gemini-3-pro', answered('of-yesterday', 'c2'));
  expect(warnings(reply)).toContain('call_state_lost=gemini-3-pro');
  expect(callsSent(upstream).map(({ extra_content: extra }) => extra)).toEqual([PLACEHOLDER, undefined]);
});

test('another model does not get the signature, and a warning says so', async () => {
  const { laneway, upstream } = await setUp(false, ['gemini-3-pro', 'other']);
  const first = (await (await ask(laneway, 'g/gemini-3-pro', [])).json()) as { content: { id: string }[] };
  const id = first.content[0]?.id ?? '';
  const reply = await ask(laneway, 'g/other', answered(id));
  expect(warnings(reply)).toContain('call_state_lost=other');
  expect(callsSent(upstream)[0]).not.toHaveProperty('extra_content');
});

test('a model without such state is asked as ever', async () => {
  const { laneway, upstream } = await setUp(false, ['other']);
  const reply = await ask(laneway, 'g/other', answered('c1'));
  expect(warnings(reply)).not.toContain('call_state_lost');
  expect(callsSent(upstream)[0]).not.toHaveProperty('extra_content');
});
