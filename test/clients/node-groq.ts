import Groq, { APIError, BadRequestError } from 'groq-sdk';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionContentPart,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
} from 'groq-sdk/resources/chat/completions';
import { expect } from 'vitest';
import {
  BROKEN,
  CALLS,
  DONE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  PICTURE,
  REFUSAL,
  SIGNATURE,
  TEXT,
  TRIP,
} from './answers.ts';
import { seals, tokensOf, type ClientFeatures, type Surroundings } from './features.ts';

type Body = ChatCompletionCreateParamsNonStreaming;

// Its paths begin with `/openai/v1`, whatever its base URL.
const clientOf = ({ url }: Surroundings): Groq =>
  new Groq({ baseURL: url, apiKey: 'sk-fake-client', maxRetries: 0 });

const ask = (content: string | ChatCompletionContentPart[]): ChatCompletionMessageParam[] => [
  { role: 'user', content },
];

const TOOLS = CALLS.map(({ name, input }) => ({
  type: 'function' as const,
  function: {
    name,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(Object.keys(input).map((key) => [key, {}])),
    },
  },
}));

/** What the parts of a stream say; this client has no helper for that. */
async function joined(client: Groq, body: Body): Promise<{ text: string; calls: unknown[]; finish: string }> {
  let text = '';
  let finish = '';
  const calls: { id: string; name: string; input: string }[] = [];
  for await (const { choices } of await client.chat.completions.create({ ...body, stream: true })) {
    const { delta, finish_reason: reason } = choices[0] ?? {};
    text += delta?.content ?? '';
    finish = reason ?? finish;
    for (const { index, id, function: called } of delta?.tool_calls ?? []) {
      const call = (calls[index] ??= { id: id ?? '', name: called?.name ?? '', input: '' });
      call.input += called?.arguments ?? '';
    }
  }
  return {
    text,
    finish,
    calls: calls.map((call) => ({ ...call, input: JSON.parse(call.input) as unknown })),
  };
}

/** Whole and streamed: the same message. */
async function both(client: Groq, body: Body): Promise<ChatCompletion.Choice> {
  const whole = (await client.chat.completions.create(body)).choices[0];
  if (whole === undefined) throw new Error('no choice');
  expect(await joined(client, body)).toEqual({
    text: whole.message.content ?? '',
    calls: callsOf(whole.message),
    finish: whole.finish_reason,
  });
  return whole;
}

function callsOf({ tool_calls: calls }: ChatCompletionMessage): unknown[] {
  return (calls ?? []).map(({ id, function: { name, arguments: input } }) => ({
    id,
    name,
    input: JSON.parse(input) as unknown,
  }));
}

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  );
}

/** Groq's own client for Node. */
export const nodeGroq: ClientFeatures = {
  text: async (around) => {
    const { prompt, completion } = tokensOf(around.upstream);
    const reply = await clientOf(around).chat.completions.create({
      model: around.model,
      messages: ask('Hello?'),
    });
    expect(reply.choices).toMatchObject([{ finish_reason: 'stop', message: { content: TEXT } }]);
    expect(reply.usage).toMatchObject({ prompt_tokens: prompt, completion_tokens: completion });
  },

  streaming: async (around) => {
    const body = { model: around.model, messages: ask('Hello?'), stream: true as const };
    const chunks = await Array.fromAsync(await clientOf(around).chat.completions.create(body));
    const words = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').filter((word) => word !== '');
    expect(words).toHaveLength(3);
    expect(words.join('')).toBe(TEXT);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['stop']);
  },

  'parallel tools': async (around) => {
    const client = clientOf(around);
    const body = { model: around.model, messages: ask('The weather and the time?'), tools: TOOLS };
    const { message, finish_reason: finish } = await both(client, body);
    expect(finish).toBe('tool_calls');
    expect(callsOf(message)).toMatchObject(CALLS);
    const results = (message.tool_calls ?? []).map(({ id }, index) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: `result ${index}`,
    }));
    const after = await both(client, { ...body, messages: [...body.messages, message, ...results] });
    expect(after.message.content).toBe('The tools said: result 0, result 1');
  },

  images: async (around) => {
    const messages = ask([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PICTURE}` } },
    ]);
    const { message } = await both(clientOf(around), { model: around.model, messages });
    expect(message.content).toBe('I see image/png');
  },

  'JSON schema': async (around) => {
    const schema = {
      type: 'object',
      properties: { title: { type: 'string' }, days: { type: 'integer' } },
      required: ['title', 'days'],
      additionalProperties: false,
    };
    const format = { type: 'json_schema' as const, json_schema: { name: 'trip', schema } };
    const body = { model: around.model, messages: ask('Plan a trip'), response_format: format };
    const { message } = await both(clientOf(around), body);
    expect(JSON.parse(message.content ?? '')).toEqual(TRIP);
  },

  thinking: async (around) => {
    const client = clientOf(around);
    const body = { model: around.model, reasoning_effort: 'medium' as const, max_completion_tokens: 8192 };
    const { message } = await both(client, { ...body, messages: ask('Think!') });
    expect(message.content).toBe(DONE);
    const again = await both(client, { ...body, messages: [...ask('Think!'), message, ...ask('And again')] });
    expect(again.message.content).toBe(seals(around.upstream) ? `Thought before: ${SIGNATURE}` : DONE);
  },

  'error before the stream': async (around) => {
    const body = { model: around.model, messages: ask(FAIL_BEFORE) };
    const client = clientOf(around);
    for (const stream of [false, true]) {
      const error = await caught(client.chat.completions.create({ ...body, stream }));
      expect(error).toBeInstanceOf(BadRequestError);
      expect((error as Error).message).toContain(REFUSAL);
    }
  },

  'error in the stream': async (around) => {
    const body = { model: around.model, messages: ask(FAIL_WITHIN), stream: true as const };
    let text = '';
    const run = async (): Promise<void> => {
      for await (const { choices } of await clientOf(around).chat.completions.create(body)) {
        text += choices[0]?.delta.content ?? '';
      }
    };
    const error = await caught(run());
    expect(error).toBeInstanceOf(APIError);
    expect((error as Error).message).toMatch(BROKEN);
    expect(text).toMatch(/^Hello/);
  },
};
