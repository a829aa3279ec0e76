import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** The limits of the output that a server was sent. */
const sent = (server: FakeUpstream): unknown[] =>
  server.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => (JSON.parse(body.toString()) as { max_tokens?: number }).max_tokens);

/** A gateway over a server whose model's largest output is `largest` tokens, which it says as DeepSeek does. */
async function gatewayOver(largest: number): Promise<{ laneway: TestGateway; server: FakeUpstream }> {
  const server = await startFakeUpstream(
    chatScript(({ body }) => {
      const { max_tokens: limit = 0 } = JSON.parse(body.toString()) as { max_tokens?: number };
      if (limit <= largest) return json(200, completion('fine'));
      const message = `Invalid max_tokens value, the valid range of max_tokens is [1, ${largest}]`;
      return json(400, { error: { message, type: 'invalid_request_error' } });
    }),
  );
  running.push({ stop: () => server.close() });
  const laneway = await startGateway({ config: laneOver([server.url]) });
  running.push(laneway);
  return { laneway, server };
}

const messages = [{ role: 'user', content: 'Hello?' }];

test("a limit above the model's own is lowered to the one that the refusal names, and later ones at once", async () => {
  const { laneway, server } = await gatewayOver(8192);
  for (let request = 0; request < 2; request += 1) {
    const answer = await laneway.chat({ model: 'main', messages, max_tokens: 32_000 });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-laneway-warnings')).toContain('max_tokens (32000 to 8192)');
  }
  expect(sent(server)).toEqual([32_000, 8192, 8192]);
});

test('the same for a client of the Messages API', async () => {
  const { laneway, server } = await gatewayOver(4096);
  for (let request = 0; request < 2; request += 1) {
    const answer = await fetch(`${laneway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'main', max_tokens: 64_000, messages }),
    });
    expect(answer.status).toBe(200);
  }
  expect(sent(server)).toEqual([64_000, 4096, 4096]);
});

test('a server that refuses every limit is asked twice, not for ever', async () => {
  const message = 'Range of max_tokens should be [1, 8192]';
  const server = await startFakeUpstream(chatScript(() => json(400, { error: { message } })));
  running.push({ stop: () => server.close() });
  const laneway = await startGateway({ config: laneOver([server.url]) });
  running.push(laneway);
  const answer = await laneway.chat({ model: 'main', messages, max_tokens: 32_000 });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain(message);
  expect(sent(server)).toEqual([32_000, 8192]);
});

test('words of the request itself do not lower the limits of others', async () => {
  const words = 'the valid range of max_tokens is [1, 5]';
  const server = await startFakeUpstream(
    chatScript(({ body }) =>
      body.includes('"seed"')
        ? json(400, { error: { message: `bad seed: ${words}` } })
        : json(200, completion('fine')),
    ),
  );
  running.push({ stop: () => server.close() });
  const laneway = await startGateway({ config: laneOver([server.url]) });
  running.push(laneway);
  expect((await laneway.chat({ model: 'main', messages, seed: words, max_tokens: 90 })).status).toBe(400);
  expect((await laneway.chat({ model: 'main', messages, max_tokens: 90 })).status).toBe(200);
  expect(sent(server)).toEqual([90, 90]);
});
