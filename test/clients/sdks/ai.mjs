// The features of the table with the AI SDK and its providers; scripts.ts starts it.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { createOllama } from 'ollama-ai-provider-v2';
import { z } from 'zod';
import { A, caught, deepEqual, equal, match, run } from './shared.mjs';

const apiKey = 'sk-fake-client';
const openAi = (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey });
const compatible = { name: 'laneway', includeUsage: true, supportsStructuredOutputs: true };

/** By the client's name: its model, and the options with which it thinks. */
const CLIENTS = {
  '`@ai-sdk/openai`, `.chat()`': {
    model: ({ url, model }) => openAi(url).chat(model),
    thinks: { openai: { reasoningEffort: 'medium', forceReasoning: true } },
    // OpenAI's chats do not return it.
    thought: undefined,
  },
  '`@ai-sdk/openai`': {
    model: ({ url, model }) => openAi(url).responses(model),
    options: { openai: { store: false } },
    thinks: {
      openai: {
        store: false,
        forceReasoning: true,
        reasoningEffort: 'medium',
        reasoningSummary: 'auto',
        include: ['reasoning.encrypted_content'],
      },
    },
    thought: A.THOUGHT,
    keeps: true,
  },
  '`@ai-sdk/openai-compatible`': {
    model: ({ url, model }) => createOpenAICompatible({ ...compatible, baseURL: `${url}/v1` })(model),
    thinks: { laneway: { reasoningEffort: 'medium' } },
    thought: A.THOUGHT,
  },
  '`@ai-sdk/anthropic`': {
    model: ({ url, model }) => createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
    thinks: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
    thought: A.THOUGHT,
    keeps: true,
  },
  '`ollama-ai-provider-v2`': {
    model: ({ url, model }) => createOllama({ baseURL: `${url}/api` })(model),
    thinks: { ollama: { think: true } },
    thought: A.THOUGHT,
  },
};

/** A call of this run's client. */
function asked(one, more) {
  const { model, options } = CLIENTS[one.client];
  const base = { model: model(one), maxRetries: 0, onError: () => undefined };
  return { ...base, ...(options === undefined ? {} : { providerOptions: options }), ...more };
}

/** Whole and streamed: the same text. */
async function both(call) {
  const whole = await generateText(call);
  const streamed = streamText(call);
  equal(await streamed.text, whole.text);
  equal(await streamed.finishReason, whole.finishReason);
  return whole;
}

/** Ollama's provider leaves the words of an error in the body. */
const wordsOf = ({ message, responseBody }) => `${message} ${responseBody}`;

const turn = (content) => ({ role: 'user', content });

await run({
  text: async (one) => {
    const { text, finishReason, usage } = await generateText(asked(one, { prompt: 'Hello?' }));
    equal(text, A.TEXT);
    equal(finishReason, 'stop');
    equal(usage.inputTokens, one.tokens.prompt);
    equal(usage.outputTokens, one.tokens.completion);
  },

  streaming: async (one) => {
    const stream = streamText(asked(one, { prompt: 'Hello?' }));
    const words = (await Array.fromAsync(stream.textStream)).filter((word) => word !== '');
    equal(words.length, 3);
    equal(words.join(''), A.TEXT);
    equal((await stream.usage).outputTokens, one.tokens.completion);
    equal(await stream.finishReason, 'stop');
  },

  'parallel tools': async (one) => {
    const tools = Object.fromEntries(
      A.CALLS.map(({ name, input }, index) => {
        const keys = Object.keys(input).map((key) => [key, z.any()]);
        const execute = async (got) => {
          deepEqual(got, input);
          return `result ${index}`;
        };
        return [name, tool({ inputSchema: z.object(Object.fromEntries(keys)), execute })];
      }),
    );
    const call = asked(one, { prompt: 'The weather and the time?', tools, stopWhen: stepCountIs(2) });
    const whole = await generateText(call);
    const calls = whole.steps[0].toolCalls.map(({ toolName, input }) => ({ name: toolName, input }));
    deepEqual(calls, A.CALLS);
    equal(whole.steps[0].finishReason, 'tool-calls');
    match(whole.text, /^The tools said: "?result 0"?, "?result 1"?$/);
    equal(await streamText(call).text, whole.text);
  },

  images: async (one) => {
    const picture = { type: 'file', data: A.PICTURE, mediaType: 'image/png' };
    const messages = [turn([{ type: 'text', text: 'What is this?' }, picture])];
    equal((await both(asked(one, { messages }))).text, 'I see image/png');
  },

  'JSON schema': async (one) => {
    const schema = z.object({ title: z.string(), days: z.number() });
    const call = asked(one, { prompt: 'Plan a trip', output: Output.object({ schema }) });
    deepEqual((await generateText(call)).output, A.TRIP);
    deepEqual(await streamText(call).output, A.TRIP);
  },

  thinking: async (one) => {
    const { thinks, keeps, ...client } = CLIENTS[one.client];
    const thought = one.summarises && !keeps ? undefined : client.thought;
    const call = asked(one, { providerOptions: thinks, maxOutputTokens: 8192 });
    const first = await generateText({ ...call, messages: [turn('Think!')] });
    equal(first.text, A.DONE);
    equal(first.reasoningText, thought);
    equal(await streamText({ ...call, messages: [turn('Think!')] }).reasoningText, thought);
    const messages = [turn('Think!'), ...first.response.messages, turn('And again')];
    const again = await both({ ...call, messages });
    equal(again.text, keeps && one.seals ? `Thought before: ${A.SIGNATURE}` : A.DONE);
  },

  'error before the stream': async (one) => {
    const call = asked(one, { prompt: A.FAIL_BEFORE });
    const error = await caught(generateText(call));
    equal(APICallError.isInstance(error), true);
    equal(error.statusCode, 400);
    match(wordsOf(error), new RegExp(A.REFUSAL));
    const parts = await Array.fromAsync(streamText(call).fullStream);
    match(wordsOf(parts.find(({ type }) => type === 'error')?.error), new RegExp(A.REFUSAL));
  },

  'error in the stream': async (one) => {
    let text = '';
    let error = null;
    for await (const part of streamText(asked(one, { prompt: A.FAIL_WITHIN })).fullStream) {
      if (part.type === 'text-delta') text += part.text;
      if (part.type === 'error') error = part.error;
    }
    match(text, /^Hello/);
    match(JSON.stringify(error?.message ?? error), A.BROKEN);
  },
});
