import { afterEach, describe, expect, test } from 'vitest';

import { json, reset, sse, wait } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { sendRaw } from '../support/raw-client.ts';
import { FAKE_VARIABLES, laneOfKinds, message } from '../support/two-wires.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function upstream(reply: Reply): Promise<FakeUpstream> {
  const fake = await startFakeUpstream(chatScript(() => reply));
  open.push(fake);
  return fake;
}

async function gateway(config: unknown): Promise<TestGateway> {
  const laneway = await startGateway({ config, variables: FAKE_VARIABLES });
  open.push({ close: () => laneway.stop() });
  return laneway;
}

const post = (laneway: TestGateway, body: object): Promise<Response> =>
  fetch(`${laneway.url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** The chats that reached the upstream. */
const sent = (fake: FakeUpstream): Record<string, unknown>[] =>
  fake.requests
    .filter(({ method }) => method === 'POST')
    .map((request) => request.json() as Record<string, unknown>);

test('a stream has the headers of a stream and names its target', async () => {
  const laneway = await gateway(laneOver([(await upstream(sse([...chunks('hello'), '[DONE]']))).url]));
  const reply = await post(laneway, { input: 'Hi', stream: true });
  expect(reply.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(reply.headers.get('x-laneway-target')).toBe('a/m');
  expect(await reply.text()).toMatch(
    /^event: response\.created\n.*event: response\.completed\ndata: .*\n\n$/s,
  );
});

test('wire case 181: a stream that breaks off ends with an error and never looks complete', async () => {
  const cut = [...sse(chunks('hello').slice(0, 2), { end: false }), wait(20), reset()];
  const laneway = await gateway(laneOver([(await upstream(cut)).url]));
  const text = await (await post(laneway, { input: 'Hi', stream: true })).text();
  expect(text).toContain('event: response.output_text.delta');
  expect(text).toContain('event: error\n');
  expect(text).toMatch(/event: response\.failed\ndata: [^\n]*\n\n$/);
  expect(text).not.toContain('response.completed');
});

test('a body above a megabyte, which a worker translates, keeps what its reply needs', async () => {
  const call = { id: 'c', type: 'function', function: { name: 'n__f', arguments: '{"a":1}' } };
  const fake = await upstream(
    json(200, {
      ...completion(''),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: null, tool_calls: [call] },
          finish_reason: 'tool_calls',
        },
      ],
    }),
  );
  const laneway = await gateway(laneOver([fake.url]));
  const tools = [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] }];
  const reply = await post(laneway, { tools, input: 'x'.repeat(1_200_000) });
  expect(await reply.json()).toMatchObject({
    output: [{ type: 'function_call', namespace: 'n', name: 'f' }],
  });
});

test('what is dropped is a warning in the header', async () => {
  const laneway = await gateway(laneOver([(await upstream(json(200, completion('hello')))).url]));
  const reply = await post(laneway, { input: 'Hi', tools: [{ type: 'web_search' }], store: true });
  expect(reply.headers.get('x-laneway-warnings')).toBe(
    'parameter_dropped=store, parameter_dropped=tools (web_search)',
  );
});

test('wire case 189: signed reasoning goes back to the model that made it, and no other model gets it', async () => {
  const think = { type: 'thinking', thinking: 'Hm', signature: 'sig' } as const;
  const claude = await upstream(json(200, message([think, { type: 'text', text: 'Yes' }])));
  const other = await upstream(json(200, message([{ type: 'text', text: 'No' }])));
  const servers = [claude, other].map(({ url }) => ({ url, kind: 'anthropic' as const }));
  const laneway = await gateway(laneOfKinds(servers));
  const ask = { include: ['reasoning.encrypted_content'], max_output_tokens: 4000 };
  const user = { role: 'user', content: 'Hi' };
  const first = (await (await post(laneway, { ...ask, model: 'a/m', input: [user] })).json()) as {
    output: object[];
  };
  expect(first.output[0]).toMatchObject({ type: 'reasoning', encrypted_content: 'sig' });
  const input = [user, ...first.output, user];
  await post(laneway, { ...ask, model: 'a/m', input });
  await post(laneway, { ...ask, model: 'b/m', input });
  expect(JSON.stringify(sent(claude).at(-1))).toContain('"signature":"sig"');
  expect(JSON.stringify(sent(other).at(-1))).not.toContain('sig');
});

describe('what needs a store', () => {
  test('wire case 192: a stored conversation is refused by name', async () => {
    const laneway = await gateway(laneOver([(await upstream(json(200, completion('hello')))).url]));
    const reply = await post(laneway, { input: 'Hi', previous_response_id: 'resp_1' });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      error: { code: 'unsupported_parameter', param: 'previous_response_id', type: 'invalid_request_error' },
    });
  });

  test('reading, deleting and cancelling a response is 404 with what to do', async () => {
    const laneway = await gateway(laneOver(['http://127.0.0.1:9']));
    for (const [method, path] of [
      ['GET', 'resp_1'],
      ['DELETE', 'resp_1'],
      ['POST', 'resp_1/cancel'],
      ['GET', 'resp_1/input_items'],
    ] as const) {
      const reply = await fetch(`${laneway.url}/v1/responses/${path}`, { method });
      expect(reply.status).toBe(404);
      expect(await reply.text()).toContain('not stored');
    }
  });

  test('wire case 193: an attempt to open a WebSocket is refused at once', async () => {
    const laneway = await gateway(laneOver(['http://127.0.0.1:9']));
    const head =
      'GET /v1/responses HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n';
    const keys = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    expect(await sendRaw(laneway.url, head + keys)).toMatchObject({ status: 405 });
  });
});

test('the list of models has the key that Codex reads, for Codex alone', async () => {
  const laneway = await gateway(laneOver(['http://127.0.0.1:9']));
  expect(await laneway.get('/v1/models?client_version=0.171.0')).toMatchObject({
    models: [],
    object: 'list',
  });
  expect(await laneway.get('/v1/models?limit=5')).not.toHaveProperty('models');
});
