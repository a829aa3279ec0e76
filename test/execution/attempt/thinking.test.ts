import { afterEach, expect, test } from 'vitest';

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
  messageStream,
  type FakeBlock,
  type FakeKind,
} from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

type Answer = (request: FakeRequest, chat: number) => Reply;

async function setUp(
  ...servers: readonly (readonly [FakeKind, Answer])[]
): Promise<{ laneway: TestGateway; upstreams: FakeUpstream[] }> {
  const upstreams = await Promise.all(servers.map(([, answer]) => startFakeUpstream(chatScript(answer))));
  for (const upstream of upstreams) running.push({ stop: () => upstream.close() });
  const config = laneOfKinds(servers.map(([kind], index) => ({ kind, url: upstreams[index]?.url ?? '' })));
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
  return { laneway, upstreams };
}

interface Message {
  readonly role: string;
  readonly content: unknown;
  readonly thinking_blocks?: unknown;
}

/** The messages of each chat that a server was asked. */
function asked(upstream: FakeUpstream | undefined): (readonly Message[])[] {
  const posts = upstream?.requests.filter(({ method }) => method === 'POST') ?? [];
  return posts.map((request) => (request.json() as { messages: Message[] }).messages);
}

const thought = (signature: string): FakeBlock => ({ type: 'thinking', thinking: 'Hm.', signature });
const said: FakeBlock = { type: 'text', text: 'Yes.' };
/** Answers with thinking of its own, whole or streamed as it is asked. */
const thinks =
  (signature: string): Answer =>
  (request) =>
    (request.json() as { stream?: boolean }).stream === true
      ? messageStream([thought(signature), said])
      : json(200, message([thought(signature), said]));
const busy: Answer = () =>
  json(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

/** `POST /v1/messages` with the turns of an assistant between two questions. */
function messagesCall(
  laneway: TestGateway,
  turns: readonly FakeBlock[],
  more: object = {},
): Promise<Response> {
  const middle = turns.length === 0 ? [] : [{ role: 'assistant', content: turns }, QUESTION];
  return fetch(`${laneway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'main', max_tokens: 2048, messages: [QUESTION, ...middle], ...more }),
  });
}

/** Ends the deferral of a target. */
function recover({ app }: TestGateway, id: string): void {
  const model = app.registry.snapshot.models.get(id);
  if (model === undefined) throw new Error(`no ${id}`);
  app.health.succeeded(model);
}

const QUESTION = { role: 'user', content: 'Why?' };
const target = (answer: Response): string | null => answer.headers.get('x-laneway-target');
const warnings = (answer: Response): string => answer.headers.get('x-laneway-warnings') ?? '';

test.each([false, true])(
  'wire case 204: a conversation stays with the model that thought in it, though the first target is back (stream: %s)',
  async (stream) => {
    const { laneway, upstreams } = await setUp(
      ['anthropic', (request, chat) => (chat === 0 ? busy(request, chat) : thinks('sig-a')(request, chat))],
      ['anthropic', thinks('sig-b')],
    );
    const first = await messagesCall(laneway, [], { stream });
    await first.text();
    expect(target(first)).toBe('b/m');
    recover(laneway, 'a/m');

    const second = await messagesCall(laneway, [thought('sig-b'), said], { stream });
    await second.text();
    expect(target(second)).toBe('b/m');
    expect(warnings(second)).not.toContain('thinking_stripped');
    expect(asked(upstreams[1])[1]?.[1]?.content).toEqual([thought('sig-b'), said]);

    const other = await messagesCall(laneway, [], { stream });
    await other.text();
    expect(target(other)).toBe('a/m');
  },
);

test('wire case 111: after a switch the new model is asked, without the thinking that the old one signed', async () => {
  const { laneway, upstreams } = await setUp(['anthropic', thinks('sig-a')], ['anthropic', thinks('sig-b')]);
  await (await messagesCall(laneway, [])).text();
  const switched = await fetch(`${laneway.url}/api/models/switch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'b', model: 'm' }),
  });
  expect(switched.status).toBe(200);
  const answer = await messagesCall(laneway, [thought('sig-a'), said]);
  expect(target(answer)).toBe('b/m');
  expect(warnings(answer)).toContain('thinking_stripped=not generated by b/m');
  expect(asked(upstreams[1])[0]).toEqual([QUESTION, { role: 'assistant', content: [said] }, QUESTION]);
});

test('wire case 108: thinking that nobody is known to have made goes on unchanged', async () => {
  const { laneway, upstreams } = await setUp(['anthropic', thinks('sig-a')]);
  const answer = await messagesCall(laneway, [
    { ...thought('of-yesterday'), thinking: '' } as FakeBlock,
    said,
  ]);
  expect(answer.status).toBe(200);
  expect(asked(upstreams[0])[0]?.[1]?.content).toEqual([
    { type: 'thinking', thinking: '', signature: 'of-yesterday' },
    said,
  ]);
});

const refusal = (text: string): Reply =>
  json(400, { type: 'error', error: { type: 'invalid_request_error', message: text } });

test.each([
  'messages.1.content.0: Invalid `signature` in `thinking` block',
  'messages.1.content.0: thinking block is bound to a different conversation',
  'messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.',
])('wire case 111: a target that refuses thinking is asked once more without it: %s', async (text) => {
  const { laneway, upstreams } = await setUp([
    'anthropic',
    (request, chat) => (chat === 0 ? refusal(text) : thinks('sig-a')(request, chat)),
  ]);
  const answer = await messagesCall(laneway, [thought('of-yesterday'), said]);
  expect(answer.status).toBe(200);
  expect(warnings(answer)).toContain('thinking_stripped=rejected by a/m');
  expect(asked(upstreams[0]).map((messages) => messages[1]?.content)).toEqual([
    [thought('of-yesterday'), said],
    [said],
  ]);
  expect((await laneway.trace(answer)).attempts).toHaveLength(2);
});

test('wire case 111: only once, and only where there was thinking to leave out', async () => {
  const { laneway, upstreams } = await setUp([
    'anthropic',
    () => refusal('Invalid `signature` in `thinking` block'),
  ]);
  const answer = await messagesCall(laneway, [thought('of-yesterday'), said]);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('Invalid `signature`');
  expect(asked(upstreams[0])).toHaveLength(2);
  expect((await messagesCall(laneway, [said])).status).toBe(400);
  expect(asked(upstreams[0])).toHaveLength(3);
});

test('wire case 204: an OpenAI client that sends its thinking_blocks back keeps its model and its thinking', async () => {
  const { laneway, upstreams } = await setUp(
    ['openai_compatible', (_request, chat) => (chat === 0 ? json(503, {}) : json(200, completion('from a')))],
    ['anthropic', thinks('sig-b')],
  );
  const first = await laneway.chat({ model: 'main' });
  const { choices } = (await first.json()) as { choices: { message: Message }[] };
  expect(target(first)).toBe('b/m');
  expect(choices[0]?.message.thinking_blocks).toEqual([thought('sig-b')]);
  recover(laneway, 'a/m');

  const messages = [QUESTION, choices[0]?.message, QUESTION];
  const second = await laneway.chat({ model: 'main', messages });
  expect(target(second)).toBe('b/m');
  expect(asked(upstreams[1])[1]?.[1]?.content).toEqual([thought('sig-b'), said]);

  // A caller who names another model gets that one, which is spared what it could not read.
  const third = await laneway.chat({ model: 'a/m', messages });
  expect(await third.json()).toEqual(completion('from a'));
  expect(warnings(third)).toContain('thinking_stripped=not generated by a/m');
  expect(asked(upstreams[0]).at(-1)?.[1]).not.toHaveProperty('thinking_blocks');
});

test.each([undefined, 1_200_000])(
  'wire case 109: thinking of a model that signs nothing does not shut its conversation out of Claude (padding: %s)',
  async (padding) => {
    const { laneway, upstreams } = await setUp(['anthropic', thinks('sig-a')]);
    const older = Array.from({ length: 70 }, (_, index) => thought(`sig-${index}`));
    const more = padding === undefined ? {} : { system: 'x'.repeat(padding) };
    const answer = await messagesCall(laneway, [...older, thought(''), said], more);
    expect(answer.status).toBe(200);
    expect(warnings(answer)).toContain('thinking_stripped=not signed by a/m');
    expect(asked(upstreams[0])[0]?.[1]?.content).toEqual([...older, said]);
  },
);
