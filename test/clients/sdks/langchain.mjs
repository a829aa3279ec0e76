// The features of the table with LangChain's clients; scripts.ts starts it.
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOllama } from '@langchain/ollama';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { A, caught, deepEqual, equal, match, run } from './shared.mjs';

const apiKey = 'sk-fake-client';

function openAi({ url, model }, more) {
  return new ChatOpenAI({ model, apiKey, configuration: { baseURL: `${url}/v1` }, maxRetries: 0, ...more });
}

/** By the client's name: its model, the options with which it thinks, and where the thinking is then. */
const CLIENTS = {
  '`@langchain/openai`': {
    make: openAi,
    // Its option `reasoning` is only for OpenAI's own names of models.
    thinks: { modelKwargs: { reasoning_effort: 'medium' } },
    thoughtOf: ({ additional_kwargs: more }) => more.reasoning_content,
  },
  '`@langchain/openai`, `useResponsesApi`': {
    make: (one, more) => openAi(one, { useResponsesApi: true, zdrEnabled: true, ...more }),
    thinks: {
      modelKwargs: {
        reasoning: { effort: 'medium', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
      },
    },
    thoughtOf: ({ additional_kwargs: more }) => more.reasoning?.summary?.map(({ text }) => text).join(''),
    keeps: true,
  },
  '`@langchain/anthropic`': {
    make: ({ url, model }, more) =>
      new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxTokens: 8192, maxRetries: 0, ...more }),
    thinks: { thinking: { type: 'enabled', budget_tokens: 2048 } },
    // It adds the first token, which the begin of a message and its end both count.
    countsTwice: true,
    thoughtOf: ({ content }) => content.find(({ type }) => type === 'thinking')?.thinking,
    keeps: true,
  },
  '`@langchain/ollama`': {
    make: ({ url, model }, more) => new ChatOllama({ model, baseUrl: url, maxRetries: 0, ...more }),
    thinks: { think: true },
    thoughtOf: ({ additional_kwargs: more }) => more.reasoning_content,
  },
};

const clientOf = (one, more) => CLIENTS[one.client].make(one, more);
const ask = (content) => [new HumanMessage({ content })];

/** All parts of a stream as one message. */
async function joined(model, messages) {
  const parts = await Array.fromAsync(await model.stream(messages));
  return parts.reduce((all, part) => all.concat(part));
}

const callsOf = ({ tool_calls: calls = [] }) => calls.map(({ name, args }) => ({ name, input: args }));

/** Whole and streamed: the same text and calls. */
async function both(model, messages) {
  const whole = await model.invoke(messages);
  const streamed = await joined(model, messages);
  equal(streamed.text, whole.text);
  deepEqual(callsOf(streamed), callsOf(whole));
  return whole;
}

await run({
  text: async (one) => {
    const reply = await clientOf(one).invoke(ask('Hello?'));
    equal(reply.text, A.TEXT);
    equal(reply.usage_metadata.input_tokens, one.tokens.prompt);
    equal(reply.usage_metadata.output_tokens, one.tokens.completion);
  },

  streaming: async (one) => {
    const parts = await Array.fromAsync(await clientOf(one).stream(ask('Hello?')));
    const words = parts.map(({ text }) => text).filter((word) => word !== '');
    equal(words.length, 3);
    equal(words.join(''), A.TEXT);
    const { usage_metadata: usage } = parts.reduce((all, part) => all.concat(part));
    const twice = CLIENTS[one.client].countsTwice === true && one.upstream === 'anthropic-messages';
    equal(usage.output_tokens, one.tokens.completion + (twice ? 1 : 0));
  },

  'parallel tools': async (one) => {
    const tools = A.CALLS.map(({ name, input }) => {
      const keys = Object.keys(input).map((key) => [key, z.union([z.string(), z.number()])]);
      return { name, description: name, schema: z.object(Object.fromEntries(keys)) };
    });
    const model = clientOf(one).bindTools(tools);
    const reply = await both(model, ask('The weather and the time?'));
    deepEqual(callsOf(reply), A.CALLS);
    const results = reply.tool_calls.map(
      ({ id, name }, index) => new ToolMessage({ tool_call_id: id, name, content: `result ${index}` }),
    );
    const after = await both(model, [...ask('The weather and the time?'), reply, ...results]);
    equal(after.text, 'The tools said: result 0, result 1');
  },

  images: async (one) => {
    const image_url = { url: `data:image/png;base64,${A.PICTURE}` };
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url },
    ];
    equal((await both(clientOf(one), ask(content))).text, 'I see image/png');
  },

  'JSON schema': async (one) => {
    const schema = z.object({ title: z.string(), days: z.number() });
    const model = clientOf(one).withStructuredOutput(schema, { name: 'trip', method: 'jsonSchema' });
    deepEqual(await model.invoke(ask('Plan a trip')), A.TRIP);
  },

  thinking: async (one) => {
    const { thinks, thoughtOf, keeps } = CLIENTS[one.client];
    const model = clientOf(one, thinks);
    const reply = await both(model, ask('Think!'));
    equal(reply.text, A.DONE);
    const thought = one.summarises && !keeps ? undefined : A.THOUGHT;
    equal(thoughtOf(reply), thought);
    equal(thoughtOf(await joined(model, ask('Think!'))), thought);
    const again = await both(model, [...ask('Think!'), reply, ...ask('And again')]);
    equal(again.text, keeps && one.seals ? `Thought before: ${A.SIGNATURE}` : A.DONE);
  },

  'error before the stream': async (one) => {
    const model = clientOf(one);
    for (const say of [() => model.invoke(ask(A.FAIL_BEFORE)), () => joined(model, ask(A.FAIL_BEFORE))]) {
      const error = await caught(say());
      equal(error.status ?? error.status_code, 400);
      match(error.message, new RegExp(A.REFUSAL));
    }
  },

  'error in the stream': async (one) => {
    let text = '';
    const stream = async () => {
      for await (const part of await clientOf(one).stream(ask(A.FAIL_WITHIN))) text += part.text;
    };
    match((await caught(stream())).message, A.BROKEN);
    match(text, /^Hello/);
  },
});
