import { Ollama, type ChatRequest, type ChatResponse, type Message } from 'ollama';
import { expect } from 'vitest';
import {
  BROKEN,
  CALLS,
  DONE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  PICTURE,
  REFUSAL,
  TEXT,
  THOUGHT,
  TRIP,
} from './answers.ts';
import { summarises, tokensOf, type ClientFeatures, type Surroundings } from './features.ts';

const clientOf = ({ url }: Surroundings): Ollama => new Ollama({ host: url });

const ask = (content: string, more: Partial<Message> = {}): Message[] => [{ role: 'user', content, ...more }];

const TOOLS = CALLS.map(({ name, input }) => ({
  type: 'function',
  function: {
    name,
    description: '',
    parameters: {
      type: 'object',
      properties: Object.fromEntries(Object.keys(input).map((key) => [key, { type: 'string' }])),
    },
  },
}));

/** All parts of a stream as one message. */
async function joined(client: Ollama, body: ChatRequest): Promise<ChatResponse> {
  const parts = await Array.fromAsync(await client.chat({ ...body, stream: true }));
  const last = parts.at(-1);
  if (last === undefined) throw new Error('an empty stream');
  const text = (key: 'content' | 'thinking'): string =>
    parts.map(({ message }) => message[key] ?? '').join('');
  const calls = parts.flatMap(({ message }) => message.tool_calls ?? []);
  return {
    ...last,
    message: {
      role: 'assistant',
      content: text('content'),
      ...(text('thinking') === '' ? {} : { thinking: text('thinking') }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  };
}

/** Whole and streamed: the same message. */
async function both(client: Ollama, body: ChatRequest): Promise<ChatResponse> {
  const whole = await client.chat({ ...body, stream: false });
  const streamed = await joined(client, body);
  expect(streamed.done_reason).toBe(whole.done_reason);
  expect(streamed.message.content).toBe(whole.message.content);
  expect(streamed.message.thinking).toBe(whole.message.thinking);
  expect(callsOf(streamed)).toEqual(callsOf(whole));
  return whole;
}

function callsOf({ message }: ChatResponse): { name: string; input: object }[] {
  return (message.tool_calls ?? []).map(({ function: { name, arguments: input } }) => ({ name, input }));
}

/** Ollama's own client for Node. */
export const nodeOllama: ClientFeatures = {
  text: async (around) => {
    const { prompt, completion } = tokensOf(around.upstream);
    const reply = await clientOf(around).chat({ model: around.model, messages: ask('Hello?') });
    expect(reply).toMatchObject({
      done: true,
      done_reason: 'stop',
      message: { role: 'assistant', content: TEXT },
      prompt_eval_count: prompt,
      eval_count: completion,
    });
  },

  streaming: async (around) => {
    const body = { model: around.model, messages: ask('Hello?'), stream: true as const };
    const parts = await Array.fromAsync(await clientOf(around).chat(body));
    const words = parts.map(({ message }) => message.content).filter((word) => word !== '');
    expect(words).toHaveLength(3);
    expect(words.join('')).toBe(TEXT);
    expect(parts.map(({ done }) => done)).toEqual(parts.map((_, index) => index === parts.length - 1));
    expect(parts.at(-1)).toMatchObject({ done_reason: 'stop', eval_count: 7 });
  },

  'parallel tools': async (around) => {
    const client = clientOf(around);
    const body = { model: around.model, messages: ask('The weather and the time?'), tools: TOOLS };
    const reply = await both(client, body);
    expect(callsOf(reply)).toEqual(CALLS.map(({ name, input }) => ({ name, input })));
    // This client's results name the tool, not the call.
    const results = CALLS.map(({ name }, index) => ({
      role: 'tool',
      tool_name: name,
      content: `result ${index}`,
    }));
    const after = await both(client, { ...body, messages: [...body.messages, reply.message, ...results] });
    expect(after.message.content).toBe('The tools said: result 0, result 1');
  },

  images: async (around) => {
    const messages = ask('What is this?', { images: [PICTURE] });
    const reply = await both(clientOf(around), { model: around.model, messages });
    expect(reply.message.content).toBe('I see image/png');
  },

  'JSON schema': async (around) => {
    const format = {
      type: 'object',
      properties: { title: { type: 'string' }, days: { type: 'number' } },
      required: ['title', 'days'],
    };
    const reply = await both(clientOf(around), { model: around.model, messages: ask('Plan a trip'), format });
    expect(JSON.parse(reply.message.content)).toEqual(TRIP);
  },

  thinking: async (around) => {
    const client = clientOf(around);
    const body = { model: around.model, think: 'medium' as const, options: { num_predict: 8192 } };
    const { message } = await both(client, { ...body, messages: ask('Think!') });
    expect(message.content).toBe(DONE);
    expect(message.thinking).toBe(summarises(around.upstream) ? undefined : THOUGHT);
    // The wire has no place for a signature.
    const again = await both(client, { ...body, messages: [...ask('Think!'), message, ...ask('And again')] });
    expect(again.message.content).toBe(DONE);
  },

  'error before the stream': async (around) => {
    const body = { model: around.model, messages: ask(FAIL_BEFORE) };
    const client = clientOf(around);
    for (const work of [client.chat(body), client.chat({ ...body, stream: true })]) {
      const error: unknown = await (work as Promise<unknown>).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ name: 'ResponseError', status_code: 400 });
      expect((error as Error).message).toContain(REFUSAL);
    }
  },

  'error in the stream': async (around) => {
    const body = { model: around.model, messages: ask(FAIL_WITHIN), stream: true as const };
    let text = '';
    const run = async (): Promise<void> => {
      for await (const { message } of await clientOf(around).chat(body)) text += message.content;
    };
    await expect(run()).rejects.toThrow(BROKEN);
    expect(text).toMatch(/^Hello/);
  },
};
