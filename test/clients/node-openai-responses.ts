import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type {
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses';
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
import { seals, tokensOf, type ClientFeatures, type Surroundings } from './features.ts';

const clientOf = ({ url }: Surroundings): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });

const ask = (text: string): ResponseInputItem[] => [{ role: 'user', content: text }];

const TOOLS = CALLS.map(({ name, input }) => ({
  type: 'function' as const,
  name,
  strict: false,
  parameters: {
    type: 'object',
    properties: Object.fromEntries(Object.keys(input).map((key) => [key, {}])),
  },
}));

/** Whole and by the client's helper for streams: the same response. */
async function both(
  client: OpenAI,
  body: ResponseCreateParamsNonStreaming,
): Promise<OpenAI.Responses.Response> {
  const whole = await client.responses.create({ store: false, ...body });
  const streamed = await client.responses.stream({ store: false, ...body, stream: true }).finalResponse();
  expect(streamed.status).toBe(whole.status);
  expect(streamed.output_text).toBe(whole.output_text);
  expect(callsOf(streamed)).toEqual(callsOf(whole));
  expect(streamed.output.map(({ type }) => type)).toEqual(whole.output.map(({ type }) => type));
  return whole;
}

function callsOf({ output }: OpenAI.Responses.Response): { id: string; name: string; input: unknown }[] {
  return output.flatMap((item) => {
    if (item.type !== 'function_call') return [];
    return [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }];
  });
}

/** The official client for Node on the Responses wire. */
export const nodeOpenAiResponses: ClientFeatures = {
  text: async (around) => {
    const body = { model: around.model, input: 'Hello?', instructions: 'Be brief.' };
    const reply = await clientOf(around).responses.create(body);
    const { prompt, cached, completion } = tokensOf(around.upstream);
    expect(reply).toMatchObject({ object: 'response', status: 'completed', output_text: TEXT, error: null });
    expect(reply.usage).toMatchObject({
      input_tokens: prompt,
      input_tokens_details: { cached_tokens: cached ?? 0 },
      output_tokens: completion,
      total_tokens: prompt + completion,
    });
  },

  streaming: async (around) => {
    const body = { model: around.model, input: 'Hello?', stream: true as const };
    const events = await Array.fromAsync(await clientOf(around).responses.create(body));
    const words = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    );
    expect(words).toHaveLength(3);
    expect(words.join('')).toBe(TEXT);
    expect(events.map((event) => 'sequence_number' in event && event.sequence_number)).toEqual(
      events.map((_, index) => index),
    );
    expect(events[0]?.type).toBe('response.created');
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { status: 'completed', usage: { output_tokens: 7 } },
    });
  },

  'parallel tools': async (around) => {
    const client = clientOf(around);
    const body = { model: around.model, input: ask('The weather and the time?'), tools: TOOLS };
    const reply = await both(client, body);
    const calls = callsOf(reply);
    expect(calls).toMatchObject(CALLS);
    const results = calls.map(({ id }, index) => ({
      type: 'function_call_output' as const,
      call_id: id,
      output: `result ${index}`,
    }));
    const input = [...body.input, ...(reply.output as ResponseInputItem[]), ...results];
    expect((await both(client, { ...body, input })).output_text).toBe('The tools said: result 0, result 1');
  },

  images: async (around) => {
    const image_url = `data:image/png;base64,${PICTURE}`;
    const content = [
      { type: 'input_text' as const, text: 'What is this?' },
      { type: 'input_image' as const, image_url, detail: 'auto' as const },
    ];
    const body = { model: around.model, input: [{ role: 'user' as const, content }] };
    expect((await both(clientOf(around), body)).output_text).toBe('I see image/png');
  },

  'JSON schema': async (around) => {
    const Trip = z.object({ title: z.string(), days: z.number() });
    const body = { model: around.model, input: 'Plan a trip', text: { format: zodTextFormat(Trip, 'trip') } };
    const client = clientOf(around);
    expect((await client.responses.parse(body)).output_parsed).toEqual(TRIP);
    const streamed = await client.responses.stream({ ...body, stream: true }).finalResponse();
    expect(streamed.output_parsed).toEqual(TRIP);
  },

  thinking: async (around) => {
    const client = clientOf(around);
    const body = {
      model: around.model,
      reasoning: { effort: 'medium' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
      max_output_tokens: 8192,
    };
    const reply = await both(client, { ...body, input: ask('Think!') });
    expect(reply.output_text).toBe(DONE);
    expect(reply.output[0]).toMatchObject({ type: 'reasoning', summary: [{ text: THOUGHT }] });
    const input = [...ask('Think!'), ...(reply.output as ResponseInputItem[]), ...ask('And again')];
    const again = await both(client, { ...body, input });
    expect(again.output_text).toBe(seals(around.upstream) ? `Thought before: ${SIGNATURE}` : DONE);
  },

  'error before the stream': async (around) => {
    const client = clientOf(around);
    for (const stream of [false, true]) {
      const work = client.responses.create({ model: around.model, input: FAIL_BEFORE, stream });
      const error: unknown = await work.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' });
      expect((error as Error).message).toContain(REFUSAL);
    }
  },

  'error in the stream': async (around) => {
    const body = { model: around.model, input: FAIL_WITHIN, stream: true as const };
    const stream = clientOf(around).responses.stream(body);
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => {
      text += delta;
    });
    expect(await howItFailed(stream.finalResponse())).toMatch(BROKEN);
    expect(text).toMatch(/^Hello/);
  },
};

/** An `error` event rejects; `response.failed` is returned with its error. */
async function howItFailed(response: Promise<OpenAI.Responses.Response>): Promise<string> {
  try {
    const { status, error } = await response;
    return status === 'failed' ? (error?.message ?? '') : `it ended as ${status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
