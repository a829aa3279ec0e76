import { afterEach, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { chunks, startGateway, type TestGateway } from '../../support/gateway.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** A llama-server with two slots, and the most chats that it had at once. */
async function laneway(
  provider: object = {},
  others: Readonly<Record<string, object>> = {},
): Promise<{ gateway: TestGateway; most: () => number }> {
  let active = 0;
  let most = 0;
  const engine = await startFakeUpstream(async (request) => {
    if (request.path === '/props') return json(200, { total_slots: 2 });
    if (request.method === 'GET') return json(200, { data: [{ id: 'm', owned_by: 'llamacpp' }] });
    if (request.path === '/v1/messages/count_tokens') return json(200, { input_tokens: 7 });
    active += 1;
    most = Math.max(most, active);
    await new Promise((resolve) => setTimeout(resolve, 20));
    active -= 1;
    return sse([...chunks('Hello'), '[DONE]']);
  });
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { engine: { type: 'llamacpp', base_url: engine.url, ...provider }, ...others },
      lanes: { main: { preferred: ['engine/m', ...Object.keys(others).map((id) => `${id}/m`)] } },
    },
  });
  started.push(
    () => engine.close(),
    () => gateway.stop(),
  );
  return { gateway, most: () => most };
}

const eight = async (gateway: TestGateway): Promise<number[]> =>
  Promise.all(
    Array.from(
      { length: 8 },
      async (_, n) => (await gateway.chat({ model: 'main', stream: n % 2 === 0 })).status,
    ),
  );

test('a llama-server gets as many requests at once as it has slots', async () => {
  const { gateway, most } = await laneway();
  expect(await eight(gateway)).toEqual(Array(8).fill(200));
  expect(most()).toBe(2);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(text).toContain('laneway_limit_requests{scope="target",name="engine/m"} 2');
});

test('a burst above the slots of a llama-server waits for it, and is not answered by another model', async () => {
  const other = await startFakeUpstream(() => sse([...chunks('Not me'), '[DONE]']));
  const { gateway, most } = await laneway({}, { other: { type: 'openai_compatible', base_url: other.url } });
  started.push(() => other.close());
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => gateway.chat({ model: 'main', stream: true })),
  );
  expect(new Set(replies.map(({ headers }) => headers.get('x-laneway-target')))).toEqual(
    new Set(['engine/m']),
  );
  expect(most()).toBe(2);
});

test('the configured number takes precedence over the slots', async () => {
  const { gateway, most } = await laneway({ concurrency: 4 });
  expect(await eight(gateway)).toEqual(Array(8).fill(200));
  expect(most()).toBe(4);
});

test('counting tokens takes no slot', async () => {
  const { gateway } = await laneway();
  const chats = eight(gateway);
  const counted = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'main', messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  expect(counted.headers.get('x-laneway-warnings')).toBeNull();
  expect(await counted.json()).toEqual({ input_tokens: 7 });
  await chats;
});
