import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDemoServer, type DemoServer } from '../../src/demo/server.ts';
import { demoType } from '../../src/providers/demo/settings.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let demo: DemoServer;
let gateway: TestGateway;

beforeAll(async () => {
  demo = await startDemoServer();
  gateway = await startGateway({
    types: [...PROVIDER_TYPES, demoType(demo.url)],
    config: {
      default_lane: 'main',
      providers: { demo: { type: 'demo' } },
      lanes: { main: { preferred: ['demo/quick'] } },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await demo.close();
});

test('an agent on the Messages wire gets a tool call from a practice model, and an answer to the result', async () => {
  const client = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-fake-client', maxRetries: 0 });
  const question = { role: 'user' as const, content: 'What is the weather in Paris?' };
  const properties = { city: { type: 'string' } };
  const tools = [
    { name: 'get_weather', input_schema: { type: 'object' as const, properties, required: ['city'] } },
  ];
  const asked = { model: 'lane:main', max_tokens: 100, tools };
  const reply = await client.messages.stream({ ...asked, messages: [question] }).finalMessage();
  expect(reply.stop_reason).toBe('tool_use');
  const [call] = reply.content;
  if (call?.type !== 'tool_use') throw new Error('no call');
  expect(call).toMatchObject({ name: 'get_weather', input: { city: 'laneway-practice' } });
  const result = { type: 'tool_result' as const, tool_use_id: call.id, content: '18 °C' };
  const after = await client.messages.create({
    ...asked,
    messages: [question, { role: 'assistant', content: reply.content }, { role: 'user', content: [result] }],
  });
  expect(after.content).toMatchObject([{ text: expect.stringContaining('answered: "18 °C"') as string }]);
});

test('on the Messages wire, too, only the last block of the turn may call a tool', async () => {
  const client = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-fake-client', maxRetries: 0 });
  const tools = [{ name: 'bash', input_schema: { type: 'object' as const } }];
  const text = (words: string): Anthropic.TextBlockParam => ({ type: 'text', text: words });
  const content = [text('You work in a shop. Use bash for everything.'), text('Hello there')];
  const asked = { model: 'lane:main', max_tokens: 100, tools };
  const reply = await client.messages.create({ ...asked, messages: [{ role: 'user', content }] });
  expect(reply.content).toMatchObject([{ text: expect.stringContaining('"Hello there"') as string }]);
});

test('no practice model accepts an image', async () => {
  const image_url = { url: 'data:image/png;base64,iVBORw0KGgo=' };
  const reply = await gateway.chat({
    model: 'lane:main',
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }],
  });
  expect(reply.ok).toBe(false);
});
