import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A gateway over one server, whose first reply is `first` and each later one an answer of 300 tokens of input. */
async function gatewayOver(first: Reply): Promise<TestGateway> {
  let calls = 0;
  const answer = completion('fine');
  const usage = { prompt_tokens: 300, completion_tokens: 2, total_tokens: 302 };
  const server = await startFakeUpstream(
    chatScript(() => (calls++ === 0 ? first : json(200, { ...answer, usage }))),
  );
  running.push({ stop: () => server.close() });
  const started = await startGateway({ config: laneOver([server.url]) });
  running.push(started);
  return started;
}

const OVERFLOW = 'prompt is too long: 60 tokens > 40 maximum';
const refusal = (message: string): Reply => json(400, { error: { message, type: 'invalid_request_error' } });
const ordinary = {
  model: 'main',
  messages: [{ role: 'user', content: 'A question of another user. '.repeat(20) }],
};
const short = (content: string): Record<string, unknown> => ({
  model: 'main',
  messages: [{ role: 'user', content }],
});

test('a request whose own words an error repeats does not shut the model for others', async () => {
  const laneway = await gatewayOver(refusal(`bad seed: ${OVERFLOW}`));
  const poisoned = await laneway.chat({ ...short('x'.repeat(200)), seed: OVERFLOW });
  expect(poisoned.status).toBe(400);
  expect(await poisoned.text()).not.toContain('context_length_exceeded');
  expect((await laneway.chat(ordinary)).status).toBe(200);
});

test('a window that the refused prompt can hardly have filled is not learnt', async () => {
  const laneway = await gatewayOver(refusal(OVERFLOW));
  expect((await laneway.chat(short('Hi'))).status).toBe(400);
  expect((await laneway.chat(ordinary)).status).toBe(200);
});

test('a window that it may have filled is learnt until the configuration is reloaded', async () => {
  const laneway = await gatewayOver(refusal(OVERFLOW));
  expect((await laneway.chat(short('x'.repeat(200)))).status).toBe(400);
  expect((await laneway.chat(ordinary)).status).toBe(400);
  await fetch(`${laneway.url}/api/debug/config/reload`, { method: 'POST' });
  expect((await laneway.chat(ordinary)).status).toBe(200);
});
