import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { laneOfKinds } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const MISTRAL = {
  detail: [
    {
      type: 'extra_forbidden',
      loc: ['body', 'messages', 1, 'assistant', 'reasoning_content'],
      msg: 'Extra inputs are not permitted',
    },
  ],
};
const OTHER = {
  error: {
    message: "messages.1: property 'reasoning_content' is unsupported",
    type: 'invalid_request_error',
  },
};
/** DeepSeek's words for the reverse: more thinking is needed, not less. */
const MISSING = {
  error: {
    message: 'Missing `reasoning_content` field in the assistant message at message index 1.',
    type: 'invalid_request_error',
  },
};

/** A server that answers a request with thinking by this error. */
async function setUp(
  status: number,
  error: object,
): Promise<{ laneway: TestGateway; upstream: FakeUpstream }> {
  const upstream = await startFakeUpstream(
    chatScript((request) =>
      JSON.stringify(request.json()).includes('reasoning_content')
        ? json(status, error)
        : json(200, completion('ok')),
    ),
  );
  running.push({ stop: () => upstream.close() });
  const laneway = await startGateway({
    config: laneOfKinds([{ kind: 'openai_compatible', url: upstream.url }]),
  });
  running.push(laneway);
  return { laneway, upstream };
}

const QUESTION = { role: 'user', content: 'Why?' };
const BLOCKS = {
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: '' },
    { type: 'text', text: 'Yes.' },
  ],
};
const KEYS = { content: 'Yes.', reasoning_content: 'Hm.' };

function ask({ url }: TestGateway, path: string, turn: object): Promise<Response> {
  const messages = [QUESTION, { role: 'assistant', ...turn }, QUESTION];
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'a/m', max_tokens: 9, messages }),
  });
}

const posts = ({ requests }: FakeUpstream): number =>
  requests.filter(({ method }) => method === 'POST').length;

test.each([
  ['Mistral, for a client of Anthropic’s API', 422, MISTRAL, '/v1/messages', BLOCKS],
  ['Mistral, for a client of OpenAI’s API', 422, MISTRAL, '/v1/chat/completions', KEYS],
  ['another strict server', 400, OTHER, '/v1/chat/completions', KEYS],
])(
  'a server that rejects the thinking of an earlier model is asked once more without it: %s',
  async (_name, status, error, path, turn) => {
    const { laneway, upstream } = await setUp(status, error);
    const reply = await ask(laneway, path, turn);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-laneway-warnings')).toContain('thinking_stripped=rejected by a/m');
    expect(posts(upstream)).toBe(2);

    const next = await ask(laneway, path, turn);
    expect(next.status).toBe(200);
    expect(next.headers.get('x-laneway-warnings')).toContain('thinking_stripped=rejected by a/m');
    expect(posts(upstream)).toBe(3);
  },
);

test('a rejection is remembered for its model and API only, and only if leaving the thinking out has helped', async () => {
  const { laneway, upstream } = await setUp(422, MISTRAL);
  await ask(laneway, '/v1/chat/completions', KEYS);
  await ask(laneway, '/v1/chat/completions', { content: 'Yes.' });
  expect(posts(upstream)).toBe(3);
  await ask(laneway, '/v1/messages', BLOCKS);
  expect(posts(upstream)).toBe(5);

  const failing = await startFakeUpstream(chatScript(() => json(422, MISTRAL)));
  running.push({ stop: () => failing.close() });
  const other = await startGateway({
    config: laneOfKinds([{ kind: 'openai_compatible', url: failing.url }]),
  });
  running.push(other);
  for (const count of [2, 4]) {
    expect((await ask(other, '/v1/chat/completions', KEYS)).status).toBe(422);
    expect(posts(failing)).toBe(count);
  }
});

test('a server that misses thinking is not asked again with even less of it', async () => {
  const { laneway, upstream } = await setUp(400, MISSING);
  const reply = await ask(laneway, '/v1/chat/completions', KEYS);
  expect(reply.status).toBe(400);
  expect(await reply.text()).toContain('Missing `reasoning_content`');
  expect(posts(upstream)).toBe(1);
});
