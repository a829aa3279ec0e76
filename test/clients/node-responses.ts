import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInput,
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
import type { ClientFeatures, Surroundings } from './features.ts';

const clientOf = ({ url }: Surroundings): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });

const TOOLS = CALLS.map(({ name, input }) => ({
  type: 'function' as const,
  name,
  strict: false,
  parameters: { type: 'object', properties: Object.fromEntries(Object.keys(input).map((key) => [key, {}])) },
}));

const USAGE = {
  input_tokens: 21,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 28,
};

/** Whole and by the client's helper for streams: the same output. */
async function both(client: OpenAI, body: ResponseCreateParamsNonStreaming): Promise<Response> {
  const whole = await client.responses.create(body);
  const streamed = await client.responses.stream({ ...body, stream: true }).finalResponse();
  expect(streamed.status).toBe(whole.status);
  expect(streamed.output_text).toBe(whole.output_text);
  expect(streamed.output).toMatchObject(whole.output);
  expect(streamed.usage).toEqual(whole.usage);
  return whole;
}

async function caught(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await work.then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OpenAI.APIError);
  return error as InstanceType<typeof OpenAI.APIError>;
}

/** The official client for Node on OpenAI's Responses API. */
export const nodeResponses: ClientFeatures = {
  text: async (around) => {
    const reply = await clientOf(around).responses.create({ model: around.model, input: 'Hello?' });
    expect(reply).toMatchObject({ object: 'response', status: 'completed', usage: USAGE, output_text: TEXT });
  },

  streaming: async (around) => {
    const body = { model: around.model, input: 'Hello?', stream: true as const };
    const events = await Array.fromAsync(await clientOf(around).responses.create(body));
    const words = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    );
    expect(words).toHaveLength(3);
    expect(words.join('')).toBe(TEXT);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { usage: USAGE } });
  },

  'parallel tools': async (around) => {
    const client = clientOf(around);
    const input: ResponseInput = [{ role: 'user', content: 'The weather and the time?' }];
    const body = { model: around.model, tools: TOOLS, input };
    const { output } = await both(client, body);
    const calls = output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
    expect(calls.map(({ name, arguments: args }) => ({ name, input: JSON.parse(args) as unknown }))).toEqual(
      CALLS,
    );
    const results = calls.map(({ call_id }, index) => ({
      type: 'function_call_output' as const,
      call_id,
      output: `result ${index}`,
    }));
    const after = await both(client, { ...body, input: [...input, ...calls, ...results] });
    expect(after.output_text).toBe('The tools said: result 0, result 1');
  },

  images: async (around) => {
    const content = [
      { type: 'input_text' as const, text: 'What is this?' },
      {
        type: 'input_image' as const,
        image_url: `data:image/png;base64,${PICTURE}`,
        detail: 'auto' as const,
      },
    ];
    const { output_text: text } = await both(clientOf(around), {
      model: around.model,
      input: [{ role: 'user', content }],
    });
    expect(text).toBe('I see image/png');
  },

  'JSON schema': async (around) => {
    const Trip = z.object({ title: z.string(), days: z.number() });
    const asked = {
      model: around.model,
      input: 'Plan a trip',
      text: { format: zodTextFormat(Trip, 'trip') },
    };
    const client = clientOf(around);
    expect((await client.responses.parse(asked)).output_parsed).toEqual(TRIP);
    const streamed = await client.responses.stream({ ...asked, stream: true }).finalResponse();
    expect(streamed.output_parsed).toEqual(TRIP);
  },

  thinking: async (around) => {
    const client = clientOf(around);
    const input: ResponseInput = [{ role: 'user', content: 'Think!' }];
    const body = {
      model: around.model,
      reasoning: { effort: 'medium' as const, summary: 'auto' as const },
      max_output_tokens: 8192,
      store: false,
      include: ['reasoning.encrypted_content' as const],
    };
    const { output } = await both(client, { ...body, input });
    const isSigned = around.upstream === 'anthropic-messages';
    expect(output).toMatchObject([
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: THOUGHT }],
        encrypted_content: isSigned ? SIGNATURE : null,
      },
      { type: 'message', content: [{ type: 'output_text', text: DONE }] },
    ]);
    const again = await both(client, {
      ...body,
      input: [...input, ...(output as ResponseInput), { role: 'user', content: 'And again' }],
    });
    expect(again.output_text).toBe(isSigned ? `Thought before: ${SIGNATURE}` : DONE);
  },

  'error before the stream': async (around) => {
    const client = clientOf(around);
    for (const stream of [false, true]) {
      const error = await caught(
        client.responses.create({ model: around.model, input: FAIL_BEFORE, stream }),
      );
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' });
      expect(error.message).toContain(REFUSAL);
    }
  },

  'error in the stream': async (around) => {
    const body = { model: around.model, input: FAIL_WITHIN };
    const client = clientOf(around);
    let text = '';
    const error = await caught(
      (async () => {
        for await (const event of await client.responses.create({ ...body, stream: true })) {
          if (event.type === 'response.output_text.delta') text += event.delta;
        }
      })(),
    );
    expect(text).toMatch(/^Hello/);
    expect(error.message).toMatch(BROKEN);
    const helper = await caught(client.responses.stream({ ...body, stream: true }).finalResponse());
    expect(helper.message).toMatch(BROKEN);
  },
};
