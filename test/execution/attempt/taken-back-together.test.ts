import { afterEach, expect, test } from 'vitest';
import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

interface Body extends Readonly<Record<string, unknown>> {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
}

const refusal = (name: string): Reply =>
  json(400, { error: { message: `Unrecognized request argument supplied: ${name}`, param: name } });

/** An openai_compatible or other server that refuses requests by `refuses`, and what it was sent. */
async function setUp(
  type: string,
  refuses: (body: Body) => string | null,
): Promise<{ laneway: TestGateway; asked: Body[] }> {
  const asked: Body[] = [];
  const script = chatScript((request) => {
    const body = request.json() as Body;
    asked.push(body);
    const name = refuses(body);
    return name === null ? json(200, completion('ok')) : refusal(name);
  });
  const upstream = await startFakeUpstream(script);
  running.push({ stop: () => upstream.close() });
  const laneway = await startGateway({
    discover: false,
    config: {
      default_lane: 'main',
      providers: { a: { type, base_url: `${upstream.url}/v1`, local: true } },
      lanes: { main: { preferred: ['a/m'], params: { seed: 7 } } },
    },
  });
  running.push(laneway);
  return { laneway, asked };
}

test('a target that refuses both the thinking of the client and a default gets neither', async () => {
  const { laneway, asked } = await setUp('openai_compatible', (body) => {
    if (body.messages.some((message) => 'reasoning_content' in message)) return 'reasoning_content';
    return 'seed' in body ? 'seed' : null;
  });
  const turns = [
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'So.', reasoning_content: 'Hm.' },
    { role: 'user', content: 'And?' },
  ];
  const reply = await laneway.chat({ model: 'main', messages: turns });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('x-laneway-attempts')).toBe('3');
  expect(reply.headers.get('x-laneway-warnings')).toContain('thinking_stripped');
  expect(reply.headers.get('x-laneway-warnings')).toContain('parameter_dropped=seed');
  expect(asked.map((body) => 'seed' in body)).toEqual([true, true, false]);
});

test('wire case 243: the fields of a prefill are left out together when the server refuses one of them', async () => {
  const { laneway, asked } = await setUp('vllm', (body) =>
    'add_generation_prompt' in body ? 'add_generation_prompt' : null,
  );
  const send = (): Promise<Response> =>
    fetch(`${laneway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'main',
        max_tokens: 50,
        messages: [
          { role: 'user', content: 'JSON, please' },
          { role: 'assistant', content: '{"a":' },
        ],
      }),
    });
  const first = await send();
  expect(first.status).toBe(200);
  expect(first.headers.get('x-laneway-warnings')).toContain('prefill as a finished turn');
  expect((await send()).headers.get('x-laneway-attempts')).toBe('1');
  expect(asked.map((body) => 'continue_final_message' in body)).toEqual([true, false, false]);
});
