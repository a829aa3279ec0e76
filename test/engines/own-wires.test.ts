import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  brokenRules,
  MESSAGES_RULES,
  RESPONSES_RULES,
  type Answers,
} from '../support/engines/client-rules.ts';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { describeWithOllama, startOllama, type Ollama } from '../support/engines/ollama.ts';
import { describeWithVllm, vllmWithTools } from '../support/engines/vllm.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

/**
 * llama-server, vLLM and Ollama speak Messages and Responses themselves. The same questions go to the server's own
 * endpoints and, translated to chat completions, to its chat endpoint. The settings list an endpoint only where the
 * server's own answers keep the rules that clients depend on; a test that fails because they all do means that a newer
 * version has caught up.
 */

/** One thread of a busy machine. */
const SLOW_MS = 240_000;

const SCHEMA = {
  type: 'object',
  properties: { a: { type: 'integer' } },
  required: ['a'],
  additionalProperties: false,
};
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const DESCRIPTION = 'The weather of a city';

interface WireQuestions {
  readonly path: string;
  /** The body for a text and a limit of its reply in tokens. */
  readonly ask: (text: string, limit: number) => object;
  readonly tools: object;
  readonly format: object;
}

const MESSAGES: WireQuestions = {
  path: '/v1/messages',
  ask: (text, limit) => ({
    max_tokens: limit,
    messages: [{ role: 'user', content: text }],
    thinking: { type: 'disabled' },
  }),
  tools: { tools: [{ name: 'get_weather', description: DESCRIPTION, input_schema: PARAMETERS }] },
  format: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
};

const RESPONSES: WireQuestions = {
  path: '/v1/responses',
  ask: (text, limit) => ({ max_output_tokens: limit, input: text, store: false }),
  tools: {
    tools: [{ type: 'function', name: 'get_weather', description: DESCRIPTION, parameters: PARAMETERS }],
  },
  format: { text: { format: { type: 'json_schema', name: 'a', schema: SCHEMA, strict: true } } },
};

/** Posts a body. */
async function post(
  url: string,
  body: object,
  key: string | null,
): Promise<{ status: number; body: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === null ? null : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.text() };
}

/** The answers of a server, or of the gateway in front of it, in one wire. */
async function answersOf(
  origin: string,
  model: string,
  { path, ask, tools, format }: WireQuestions,
  key: string | null = null,
): Promise<Answers> {
  const say = async (body: object): Promise<{ status: number; body: string }> =>
    post(origin + path, { model, temperature: 0, ...body }, key);
  const text = 'Name one colour.';
  const weather = { ...ask('get_weather for Paris?', 60), ...tools };
  return {
    whole: (await say(ask(text, 8))).body,
    stream: (await say({ ...ask(text, 8), stream: true })).body,
    cut: (await say(ask(text, 3))).body,
    cutStream: (await say({ ...ask(text, 3), stream: true })).body,
    call: (await say(weather)).body,
    callStream: (await say({ ...weather, stream: true })).body,
    schema: (await say({ ...ask('Give a number.', 40), ...format })).body,
    overflow: await say(ask('word '.repeat(6000), 8)),
  };
}

/** The rules that a server's own answers break, and those that the translation breaks; printed for the settings. */
async function compare(
  name: string,
  rules: typeof MESSAGES_RULES,
  own: Promise<Answers>,
  translated: Promise<Answers>,
): Promise<{ own: string[]; translated: string[] }> {
  const broken = {
    own: brokenRules(rules, await own),
    translated: brokenRules(rules, await translated),
  };
  console.log(`${name}, its own wire breaks:\n  ${broken.own.join('\n  ')}`);
  return broken;
}

const gatewayOf = (type: string, url: string, model: string, more: object = {}): Promise<TestGateway> =>
  startGateway({
    config: {
      default_lane: 'main',
      providers: { engine: { type, base_url: url, ...more } },
      lanes: { main: { preferred: [`engine/${model}`] } },
    },
  });

describeWithEngine('llama-server’s own wires', () => {
  const model = 'smollm2-135m-tools';
  let llama: LlamaServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    llama = await startLlama({ model, args: ['-c', '2048', '-np', '1'] });
    gateway = await gatewayOf('llamacpp', llama.url, model);
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await llama.stop();
  });

  test(
    'Messages: the translation keeps the rules, its own answers do not',
    async () => {
      const own = answersOf(llama.url, model, MESSAGES);
      const translated = own.then(() => answersOf(gateway.url, 'lane:main', MESSAGES));
      const broken = await compare('llama-server Messages', MESSAGES_RULES, own, translated);
      expect(broken.translated).toEqual([]);
      expect(broken.own).not.toEqual([]);
    },
    SLOW_MS,
  );

  test(
    'Responses: the translation keeps the rules, its own answers do not',
    async () => {
      const own = answersOf(llama.url, model, RESPONSES);
      const translated = own.then(() => answersOf(gateway.url, 'lane:main', RESPONSES));
      const broken = await compare('llama-server Responses', RESPONSES_RULES, own, translated);
      expect(broken.translated).toEqual([]);
      expect(broken.own).not.toEqual([]);
    },
    SLOW_MS,
  );
});

/** What an engine without a tool template still shows: no rules about calls. */
const withoutCalls = (rules: typeof MESSAGES_RULES): typeof MESSAGES_RULES =>
  rules.filter(([name]) => !name.includes('call'));

describeWithOllama('Ollama’s own wires', () => {
  const model = 'smollm2-135m';
  let ollama: Ollama;
  let gateway: TestGateway;

  beforeAll(async () => {
    ollama = await startOllama([model]);
    gateway = await gatewayOf('ollama', ollama.url, model);
  }, 120_000);
  afterAll(async () => {
    await gateway.stop();
    await ollama.stop();
  });

  test(
    'Responses: its own answers do not keep the rules',
    async () => {
      const [text, limit] = ['Name one colour.', 3] as const;
      const cut = await post(`${ollama.url}/v1/responses`, { model, ...RESPONSES.ask(text, limit) }, null);
      const body = JSON.parse(cut.body) as { status: string; usage: { output_tokens: number } };
      expect(body.usage.output_tokens).toBe(limit);
      expect(body.status).toBe('completed');
    },
    SLOW_MS,
  );

  test(
    'Messages: the translation of a cut reply, whole and streamed, keeps the rules',
    async () => {
      const ask = { model: 'lane:main', ...MESSAGES.ask('Name one colour.', 3) };
      const cut = await post(`${gateway.url}/v1/messages`, ask, null);
      const stream = await post(`${gateway.url}/v1/messages`, { ...ask, stream: true }, null);
      const answers = { whole: cut.body, cut: cut.body, stream: stream.body, cutStream: stream.body };
      const rules = withoutCalls(MESSAGES_RULES).filter(([name]) => !/schema|error/.test(name));
      expect(brokenRules(rules, answers as Answers)).toEqual([]);
    },
    SLOW_MS,
  );
});

describeWithVllm('vLLM’s own wires', vllmWithTools, ({ url, key }) => {
  let gateway: TestGateway;
  let model = '';

  beforeAll(async () => {
    const list = await fetch(`${url}/v1/models`, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
    });
    const { data } = (await list.json()) as { data: { id: string }[] };
    model = data[0]?.id ?? '';
    gateway = await gatewayOf('vllm', `${url}/v1`, model);
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
  });

  test(
    'Messages and Responses: its own answers do not keep the rules, the translation does',
    async () => {
      const translated = answersOf(gateway.url, 'lane:main', MESSAGES);
      const broken = await compare(
        'vLLM Messages',
        MESSAGES_RULES,
        answersOf(url, model, MESSAGES, key),
        translated,
      );
      expect(broken.translated).toEqual([]);
      expect(broken.own).not.toEqual([]);
      const others = await compare(
        'vLLM Responses',
        RESPONSES_RULES,
        answersOf(url, model, RESPONSES, key),
        answersOf(gateway.url, 'lane:main', RESPONSES),
      );
      expect(others.translated).toEqual([]);
      expect(others.own).not.toEqual([]);
    },
    SLOW_MS,
  );
});
