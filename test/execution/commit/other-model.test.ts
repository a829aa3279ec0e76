import { afterEach, expect, test } from 'vitest';
import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A llama.cpp provider whose server lists `qwen` as owned by `owner` and replies under the name `other`. */
async function setUp(owner: string): Promise<TestGateway> {
  const upstream = await startFakeUpstream(({ method }) =>
    method === 'GET'
      ? json(200, { object: 'list', data: [{ id: 'qwen', object: 'model', owned_by: owner }] })
      : json(200, { ...completion('hello'), model: 'other' }),
  );
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { box: { type: 'llamacpp', base_url: upstream.url } },
      lanes: { main: { preferred: ['box/qwen'] } },
    },
  });
  running.push({ stop: () => upstream.close() }, laneway);
  return laneway;
}

test('a llama-server that was restarted with another model does not answer in the name of the old one', async () => {
  const laneway = await setUp('llamacpp');
  const reply = await laneway.chat({ model: 'box/qwen' });
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({
    error: { code: 'model_not_found', message: expect.stringContaining('different model (other)') },
  });
});

test('a proxy of llama.cpp servers that lists aliases may reply with the names of its servers', async () => {
  const laneway = await setUp('llama-swap');
  const reply = await laneway.chat({ model: 'box/qwen' });
  expect(reply.status).toBe(200);
  expect(await reply.json()).toMatchObject({ model: 'other' });
});
