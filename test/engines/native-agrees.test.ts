import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

/**
 * A real llama-server speaks both wires. What the gateway makes of its OpenAI answer for a client of the Messages wire
 * must have the structure of its own Messages answer: keys, types, the order of events; not the words.
 */

const MODEL = 'smollm2-135m-tools';
/** One thread of a busy machine reads the prompts with tools. */
const SLOW_MS = 60_000;

/** Keys that Anthropic's clients of today expect and llama-server does not write (wire case 142). */
const MORE_KEYS =
  /(?:^|\.)(?:stop_details|container|diagnostics|input|usage\.(?:input_tokens|cache_creation_input_tokens|cache_read_input_tokens|output_tokens_details|cache_creation|inference_geo|server_tool_use|service_tier|speed))$/;

/** What its OpenAI answers do not tell: which stop sequence was hit, and at the start what was cached. */
const UNTOLD: Readonly<Record<string, string>> = {
  stop_sequence: 'string null',
  'delta.stop_sequence': 'string null',
  'message.usage.cache_read_input_tokens': 'number null',
};

const WEATHER = {
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const ask = (content: string): { role: string; content: unknown } => ({ role: 'user', content });
const CALLED = {
  role: 'assistant',
  content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } }],
};
const RESULT = {
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'sunny' }] }],
};

const REQUESTS: readonly (readonly [name: string, stopReason: string | null, body: object])[] = [
  ['a text', 'end_turn', { messages: [ask('What is the capital of France?')] }],
  ['with instructions', null, { system: 'Be brief.', messages: [ask('What is the capital of France?')] }],
  ['a text that is cut', 'max_tokens', { max_tokens: 3, messages: [ask('What is the capital of France?')] }],
  [
    'a stop sequence',
    'end_turn',
    { stop_sequences: ['Paris'], messages: [ask('What is the capital of France?')] },
  ],
  ['a call of a tool', 'tool_use', { tools: [WEATHER], messages: [ask('get_weather for Paris?')] }],
  ['the result of a tool', null, { messages: [ask('get_weather for Paris?'), CALLED, RESULT] }],
];

/** By path: the JSON type. Elements of lists share a path with their place. */
function shapeOf(value: unknown, path = ''): Map<string, string> {
  const shape = new Map<string, string>();
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (path !== '') shape.set(path, type);
  if (type !== 'object' && type !== 'array') return shape;
  for (const [key, inner] of Object.entries(value as object)) {
    for (const [at, kind] of shapeOf(inner, path === '' ? key : `${path}.${key}`)) shape.set(at, kind);
  }
  return shape;
}

/** What the translated value lacks, has otherwise or has beyond what is known; empty when they agree. */
function differences(native: unknown, translated: unknown): string[] {
  const [own, ours] = [shapeOf(native), shapeOf(translated)];
  const found: string[] = [];
  for (const [path, type] of own) {
    const other = ours.get(path) ?? 'nothing';
    if (other !== type && UNTOLD[path] !== `${type} ${other}`)
      found.push(`${path}: ${type}, translated ${other}`);
  }
  for (const path of ours.keys()) {
    if (!own.has(path) && !MORE_KEYS.test(path)) found.push(`${path}: only translated`);
  }
  return found;
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

/** The events with deltas of one kind that follow each other once: how many pieces there are is the words' matter. */
function outline(stream: string): Event[] {
  const events = stream
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => {
      const [name = '', data = ''] = text.split('\n');
      const event = JSON.parse(data.slice('data: '.length)) as Event;
      expect(name).toBe(`event: ${event.type}`);
      return event;
    });
  return events.filter(
    (event, at) => kindOf(event) !== kindOf(events[at - 1]) || !event.type.endsWith('_delta'),
  );
}

function kindOf(event: Event | undefined): string {
  const inner = (event?.['delta'] ?? event?.['content_block']) as { type?: string } | undefined;
  return [event?.type, event?.['index'], inner?.type].join(' ');
}

describeWithEngine('llama-server’s own Messages answers and the translated ones agree in structure', () => {
  let llama: LlamaServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    llama = await startLlama({ model: MODEL });
    gateway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { llama: { type: 'llamacpp', base_url: llama.url } },
        lanes: { main: { preferred: [`llama/${MODEL}`] } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await llama.stop();
  });

  async function post(url: string, path: string, body: object): Promise<string> {
    const asked = { model: url === llama.url ? MODEL : 'lane:main', max_tokens: 60, temperature: 0, ...body };
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    expect(answer.status).toBe(200);
    return answer.text();
  }

  const bothAsked = async (path: string, body: object): Promise<[native: string, translated: string]> => [
    await post(llama.url, path, body),
    await post(gateway.url, path, body),
  ];

  test.each(REQUESTS)(
    '%s, whole',
    async (_, stopReason, body) => {
      const [native, translated] = (await bothAsked('/v1/messages', body)).map(
        (text) => JSON.parse(text) as Event,
      );
      expect(differences(native, translated)).toEqual([]);
      expect(translated?.['stop_reason']).toBe(native?.['stop_reason']);
      if (stopReason !== null) expect(translated?.['stop_reason']).toBe(stopReason);
    },
    SLOW_MS,
  );

  test.each(REQUESTS)(
    '%s, streamed',
    async (_, stopReason, body) => {
      const [native = [], translated = []] = (await bothAsked('/v1/messages', { ...body, stream: true })).map(
        outline,
      );
      expect(translated.map(kindOf)).toEqual(native.map(kindOf));
      for (const [at, event] of native.entries()) {
        expect(differences(event, translated[at]), kindOf(event)).toEqual([]);
      }
      const last = translated.at(-2)?.['delta'] as { stop_reason: string };
      expect(last.stop_reason).toBe((native.at(-2)?.['delta'] as { stop_reason: string }).stop_reason);
      if (stopReason !== null) expect(last.stop_reason).toBe(stopReason);
    },
    SLOW_MS,
  );

  test('the count of a prompt’s tokens', async () => {
    const body = { messages: [ask('What is the capital of France?')] };
    const [native, translated] = await bothAsked('/v1/messages/count_tokens', body);
    expect(differences(JSON.parse(native), JSON.parse(translated))).toEqual([]);
  });
});
