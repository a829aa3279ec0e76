import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
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

type Body = Anthropic.MessageCreateParamsNonStreaming;

const clientOf = ({ url }: Surroundings): Anthropic =>
  new Anthropic({ baseURL: url, apiKey: 'sk-fake-client', maxRetries: 0 });

const ask = (
  { model }: Surroundings,
  content: Anthropic.MessageParam['content'],
  more: Partial<Body> = {},
): Body => ({
  model,
  max_tokens: 8192,
  messages: [{ role: 'user', content }],
  ...more,
});

const TOOLS = CALLS.map(({ name, input }) => ({
  name,
  input_schema: {
    type: 'object' as const,
    properties: Object.fromEntries(Object.keys(input).map((key) => [key, {}])),
  },
}));

function usageOf({ upstream }: Surroundings): object {
  const { prompt, cached, completion } = tokensOf(upstream);
  const read = cached === null ? {} : { cache_read_input_tokens: cached };
  return { input_tokens: prompt - (cached ?? 0), output_tokens: completion, ...read };
}

/** Whole and by the client's helper for streams: the same message. */
async function both(client: Anthropic, body: Body): Promise<Anthropic.Message> {
  const whole = await client.messages.create(body);
  const streamed = await client.messages.stream(body).finalMessage();
  expect(streamed.stop_reason).toBe(whole.stop_reason);
  expect(streamed.content).toEqual(whole.content);
  return whole;
}

function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

async function caught(work: Promise<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  const error = await work.then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Anthropic.APIError);
  return error as InstanceType<typeof Anthropic.APIError>;
}

/** The official client for Node on the Messages wire. */
export const nodeAnthropic: ClientFeatures = {
  text: async (around) => {
    const reply = await clientOf(around).messages.create(ask(around, 'Hello?', { system: 'Be brief.' }));
    expect(reply).toMatchObject({
      type: 'message',
      role: 'assistant',
      stop_reason: 'end_turn',
      usage: usageOf(around),
    });
    expect(reply.content).toMatchObject([{ type: 'text', text: TEXT }]);
  },

  streaming: async (around) => {
    const stream = clientOf(around).messages.stream(ask(around, 'Hello?'));
    const words: string[] = [];
    stream.on('text', (word) => words.push(word));
    const reply = await stream.finalMessage();
    expect(words).toHaveLength(3);
    expect(words.join('')).toBe(TEXT);
    expect(reply).toMatchObject({ stop_reason: 'end_turn', usage: { output_tokens: 7 } });
    expect(textOf(reply)).toBe(TEXT);
  },

  'parallel tools': async (around) => {
    const client = clientOf(around);
    const body = ask(around, 'The weather and the time?', { tools: TOOLS });
    const reply = await both(client, body);
    expect(reply.stop_reason).toBe('tool_use');
    const calls = reply.content.filter((block) => block.type === 'tool_use');
    expect(calls).toMatchObject(CALLS);
    const results = calls.map(({ id }, index) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: `result ${index}`,
    }));
    const turns = [
      { role: 'assistant' as const, content: reply.content },
      { role: 'user' as const, content: results },
    ];
    const after = await both(client, { ...body, messages: [...body.messages, ...turns] });
    expect(textOf(after)).toBe('The tools said: result 0, result 1');
  },

  images: async (around) => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: PICTURE };
    const content = [
      { type: 'image' as const, source },
      { type: 'text' as const, text: 'What is this?' },
    ];
    expect(textOf(await both(clientOf(around), ask(around, content)))).toBe('I see image/png');
  },

  'JSON schema': async (around) => {
    const Trip = z.object({ title: z.string(), days: z.number() });
    const asked = { ...ask(around, 'Plan a trip'), output_config: { format: zodOutputFormat(Trip) } };
    const client = clientOf(around);
    expect((await client.messages.parse(asked)).parsed_output).toEqual(TRIP);
    expect(JSON.parse(textOf(await client.messages.stream(asked).finalMessage()))).toEqual(TRIP);
  },

  thinking: async (around) => {
    const client = clientOf(around);
    const body = ask(around, 'Think!', { thinking: { type: 'enabled', budget_tokens: 2048 } });
    const reply = await both(client, body);
    const signed = seals(around.upstream);
    expect(reply.content).toMatchObject([
      { type: 'thinking', thinking: THOUGHT, signature: signed ? SIGNATURE : '' },
      { type: 'text', text: DONE },
    ]);
    const turns = [
      { role: 'assistant' as const, content: reply.content },
      { role: 'user' as const, content: 'And again' },
    ];
    const again = await both(client, { ...body, messages: [...body.messages, ...turns] });
    expect(textOf(again)).toBe(signed ? `Thought before: ${SIGNATURE}` : DONE);
  },

  'error before the stream': async (around) => {
    const client = clientOf(around);
    for (const stream of [false, true]) {
      const error = await caught(client.messages.create({ ...ask(around, FAIL_BEFORE), stream }));
      expect(error).toBeInstanceOf(Anthropic.BadRequestError);
      expect(error).toMatchObject({
        status: 400,
        error: { error: { type: 'invalid_request_error', message: REFUSAL } },
      });
    }
  },

  'error in the stream': async (around) => {
    let text = '';
    const stream = clientOf(around).messages.stream(ask(around, FAIL_WITHIN));
    stream.on('text', (word) => {
      text += word;
    });
    const error = await caught(stream.finalMessage());
    expect(text).toMatch(/^Hello/);
    expect(error.message).toMatch(BROKEN);
    expect(error.error).toMatchObject({ type: 'error', error: { type: expect.any(String) as string } });
  },
};
