import { Ollama } from 'ollama/browser';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { openReply } from './gateway.ts';

const TOKEN = 'lw-fake-token-0123456789';
let upstream: FakeUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(json(200, openReply({ content: 'Hello' })));
  gateway = await startGateway({
    discover: false,
    access: { adminToken: TOKEN, dataPlane: 'closed' },
    config: {
      default_lane: 'main',
      providers: { open: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true } },
      lanes: { main: { preferred: ['open/m'] } },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const messages = [{ role: 'user', content: 'hi' }];

test('without the key, models are neither listed nor asked, and the error is a text', async () => {
  const client = new Ollama({ host: gateway.url });
  await expect(client.list()).rejects.toThrow(/API key is required/);
  await expect(client.chat({ model: 'main', messages })).rejects.toThrow(/API key is required/);
});

test('the key is what clients send for OLLAMA_API_KEY', async () => {
  const client = new Ollama({ host: gateway.url, headers: { Authorization: `Bearer ${TOKEN}` } });
  expect((await client.list()).models).not.toEqual([]);
  expect((await client.chat({ model: 'main', messages })).message.content).toBe('Hello');
});
