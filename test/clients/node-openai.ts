import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { expect } from 'vitest';
import { z } from 'zod';
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
  THOUGHT,
  TRIP,
} from './answers.ts';
import { seals, summarises, tokensOf, type ClientFeatures, type Surroundings } from './features.ts';

type Messages = OpenAI.ChatCompletionMessageParam[];

const clientOf = ({ url }: Surroundings): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });

const ask = (content: string | OpenAI.ChatCompletionContentPart[]): Messages => [{ role: 'user', content }];

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

function usageOf({ upstream }: Surroundings): object {
  const { prompt, cached, completion } = tokensOf(upstream);
  const details = cached === null ? {} : { prompt_tokens_details: { cached_tokens: cached } };
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...details,
  };
}

/** Whole and by the client's helper for streams: the same message. */
async function both(
  client: OpenAI,
  body: OpenAI.ChatCompletionCreateParamsNonStreaming,
): Promise<OpenAI.ChatCompletion.Choice> {
  const whole = (await client.chat.completions.create(body)).choices[0];
  const streamed = (await client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion())
    .choices[0];
  if (whole === undefined) throw new Error('no choice');
  expect(streamed?.finish_reason).toBe(whole.finish_reason);
  // A stream begins before it is known whether there will be a text.
  expect(streamed?.message.content ?? '').toBe(whole.message.content ?? '');
  expect(callsOf(streamed?.message)).toEqual(callsOf(whole.message));
  return whole;
}

function callsOf(message: OpenAI.ChatCompletionMessage | undefined): unknown[] {
  return (message?.tool_calls ?? []).map((call) => {
    if (call.type !== 'function') throw new Error('not a function');
    return { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown };
  });
}

async function caught(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await work.then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OpenAI.APIError);
  return error as InstanceType<typeof OpenAI.APIError>;
}

/** The official client for Node on OpenAI's chat wire. */
export const nodeOpenAi: ClientFeatures = {
  text: async (around) => {
    const reply = await clientOf(around).chat.completions.create({
      model: around.model,
      messages: ask('Hello?'),
    });
    expect(reply).toMatchObject({ object: 'chat.completion', usage: usageOf(around) });
    expect(reply.choices).toMatchObject([
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: TEXT } },
    ]);
  },

  streaming: async (around) => {
    const stream = await clientOf(around).chat.completions.create({
      model: around.model,
      messages: ask('Hello?'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    const words = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').filter((word) => word !== '');
    expect(words).toHaveLength(3);
    expect(words.join('')).toBe(TEXT);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: usageOf(around) });
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
    const image_url = { url: `data:image/png;base64,${PICTURE}`, detail: 'auto' as const };
    const messages = ask([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url },
    ]);
    const { message } = await both(clientOf(around), { model: around.model, messages });
    expect(message.content).toBe('I see image/png');
  },

  'JSON schema': async (around) => {
    const Trip = z.object({ title: z.string(), days: z.number() });
    const response_format = zodResponseFormat(Trip, 'trip');
    const asked = { model: around.model, messages: ask('Plan a trip'), response_format };
    const client = clientOf(around);
    const whole = await client.chat.completions.parse(asked);
    expect(whole.choices[0]?.message.parsed).toEqual(TRIP);
    const streamed = await client.chat.completions.stream({ ...asked, stream: true }).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual(TRIP);
  },

  thinking: async (around) => {
    const client = clientOf(around);
    const body = { model: around.model, reasoning_effort: 'medium' as const, max_completion_tokens: 8192 };
    const { message } = await both(client, { ...body, messages: ask('Think!') });
    const shown = summarises(around.upstream) ? {} : { reasoning_content: THOUGHT };
    expect(message).toMatchObject({ content: DONE, ...shown });
    const stream = await client.chat.completions.create({ ...body, messages: ask('Think!'), stream: true });
    let thought = '';
    for await (const { choices } of stream) {
      thought += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
    }
    expect(thought).toBe(shown.reasoning_content ?? '');
    const again = await both(client, { ...body, messages: [...ask('Think!'), message, ...ask('And again')] });
    expect(again.message.content).toBe(seals(around.upstream) ? `Thought before: ${SIGNATURE}` : DONE);
  },

  'error before the stream': async (around) => {
    const body = { model: around.model, messages: ask(FAIL_BEFORE) };
    const client = clientOf(around);
    for (const stream of [false, true]) {
      const error = await caught(client.chat.completions.create({ ...body, stream }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' });
      expect(error.message).toContain(REFUSAL);
    }
  },

  'error in the stream': async (around) => {
    const body = { model: around.model, messages: ask(FAIL_WITHIN), stream: true as const };
    let text = '';
    const error = await caught(
      (async () => {
        for await (const { choices } of await clientOf(around).chat.completions.create(body)) {
          text += choices[0]?.delta.content ?? '';
        }
      })(),
    );
    expect(text).toMatch(/^Hello/);
    expect(error.message).toMatch(BROKEN);
  },
};
