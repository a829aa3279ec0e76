import { afterEach, expect, test } from 'vitest';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { TEXTS } from '../wire/fields/texts.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A model with a window of 8,192 tokens; `limit` returns the output limit that it was sent last. */
async function setUp(): Promise<{ laneway: TestGateway; limit: () => unknown }> {
  let limit: unknown;
  const upstream = await startFakeUpstream((request) => {
    limit = (request.json() as Record<string, unknown>)['max_tokens'];
    return json(200, completion('hello'));
  });
  const laneway = await startGateway({
    discover: false,
    config: {
      default_lane: 'main',
      providers: { box: { type: 'vllm', base_url: `${upstream.url}/v1` } },
      models: { 'box/m': { capabilities: { context_length: 8192 } } },
      lanes: { main: { preferred: ['box/m'] } },
    },
  });
  running.push({ stop: () => upstream.close() }, laneway);
  return { laneway, limit: () => limit };
}

/** About 5,800 tokens by the tokenizers of current models, 17,000 by the number of its bytes. */
const INDENTED = (TEXTS['indented JSON'] ?? '').repeat(38);

test('an indented prompt that fits is not refused, and its output limit is not cut', async () => {
  const { laneway, limit } = await setUp();
  const reply = await laneway.chat({ messages: [{ role: 'user', content: INDENTED }], max_tokens: 2000 });
  expect(reply.status).toBe(200);
  expect(limit()).toBe(2000);
});

test('the preview of a plan uses the same estimate', async () => {
  const { laneway } = await setUp();
  const preview = await fetch(`${laneway.url}/api/debug/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main', messages: [{ role: 'user', content: INDENTED }] }),
  });
  expect(await preview.json()).toMatchObject({ targets: [{ target: 'box/m', eligible: true }] });
});

test('a prompt that does not fit is still refused', async () => {
  const { laneway } = await setUp();
  const reply = await laneway.chat({ messages: [{ role: 'user', content: INDENTED.repeat(3) }] });
  expect(reply.status).toBe(400);
  expect(await reply.json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
});
