import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream, type FakeUpstream, type Script } from '../support/fake-upstream.ts';
import { REFUSAL, TEXT } from './answers.ts';
import { FEATURES, type ClientFeatures, type UpstreamWire } from './features.ts';
import { nodeAnthropic } from './node-anthropic.ts';
import { messagesUpstream } from './messages-upstream.ts';
import { nodeOllama } from './node-ollama.ts';
import { nodeOpenAi } from './node-openai.ts';
import { nodeOpenAiResponses } from './node-openai-responses.ts';
import { ollamaUpstream } from './ollama-upstream.ts';
import { openAiUpstream } from './openai-upstream.ts';
import { ENDS, responsesUpstream } from './responses-upstream.ts';

/** The clients without Laneway between: whoever fails here tells nothing about Laneway. */
const OWN: readonly (readonly [UpstreamWire, Script, ClientFeatures])[] = [
  ['openai-chat', openAiUpstream, nodeOpenAi],
  ['anthropic-messages', messagesUpstream, nodeAnthropic],
  ['openai-responses', responsesUpstream, nodeOpenAiResponses],
  ['ollama-chat', ollamaUpstream, nodeOllama],
];

describe.each(OWN)("%s: the vendor's client accepts the fake upstream", (upstream, script, features) => {
  let fake: FakeUpstream;
  beforeAll(async () => {
    fake = await startFakeUpstream(script);
  });
  afterAll(() => fake.close());

  test.each(FEATURES)('%s', (feature) => features[feature]({ url: fake.url, model: 'm', upstream }));
});

describe('a response may end in other ways', () => {
  let fake: FakeUpstream;
  let client: OpenAI;
  beforeAll(async () => {
    fake = await startFakeUpstream(responsesUpstream);
    client = new OpenAI({ baseURL: `${fake.url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });
  });
  afterAll(() => fake.close());

  test.each([
    ['refusal', { status: 'completed', output: [{ content: [{ type: 'refusal', refusal: REFUSAL }] }] }],
    ['incomplete', { incomplete_details: { reason: 'max_output_tokens' }, output_text: TEXT }],
    ['failed', { status: 'failed', error: { code: 'server_error' }, output: [] }],
  ])('%s', async (end, expected) => {
    const input = Object.keys(ENDS).find((words) => ENDS[words] === end) ?? '';
    expect(await client.responses.create({ model: 'm', input })).toMatchObject(expected);
    const streamed = client.responses.stream({ model: 'm', input, stream: true });
    expect(await streamed.finalResponse()).toMatchObject(expected);
  });
});
