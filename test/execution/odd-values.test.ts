import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(usage: unknown): Promise<TestGateway> {
  const upstream = await startFakeUpstream(chatScript(() => json(200, { ...completion('Yes.'), usage })));
  const config = { ...laneOver([upstream.url]), aliases: { 'gpt-*': 'lane:main' } };
  const laneway = await startGateway({ config });
  running.push({ stop: () => upstream.close() }, laneway);
  return laneway;
}

const COUNTS = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };

test.each(['x', 'gpt-', 'a/'])(
  'a model name of a million characters that begins with %s is not found, and leaves no such row in the ledger',
  async (beginning) => {
    const laneway = await setUp(COUNTS);
    const reply = await laneway.chat({ model: beginning + 'm'.repeat(1_000_000) });
    expect(reply.status).toBe(404);
    const answer = await reply.text();
    expect(answer.length).toBeLessThan(1_000);
    const { requests } = (await laneway.get('/api/debug/requests')) as { requests: { requested: string }[] };
    expect(requests).toHaveLength(1);
    expect(requests[0]?.requested).toHaveLength(200);
  },
);

test.each([
  [-5, 1e308],
  [3.5, '7'],
  [Number.MAX_SAFE_INTEGER + 2, null],
])(
  'token counts that are none (%s, %s) are estimated, and do not spoil the metrics',
  async (input, output) => {
    const laneway = await setUp({ prompt_tokens: input, completion_tokens: output });
    const reply = await laneway.chat({ model: 'main' });
    expect(reply.status).toBe(200);
    const trace = await laneway.trace(reply);
    expect(trace).toMatchObject({ state: 'settled', usage: { estimated: true } });
    const metrics = await (await fetch(`${laneway.url}/metrics`)).text();
    expect(metrics).not.toMatch(/laneway_tokens_total\{[^}]*\} (?:-|\+Inf|NaN)/);
  },
);

test('a user whose name is too long is refused: cut, it would be another user’s (400)', async () => {
  const laneway = await setUp(COUNTS);
  const reply = await laneway.chat({ model: 'main' }, { 'x-laneway-user': 'u'.repeat(201) });
  expect(reply.status).toBe(400);
  expect(await reply.json()).toMatchObject({ error: { code: 'invalid_body', param: 'x-laneway-user' } });
});

test('a user’s name is read as UTF-8', async () => {
  const laneway = await setUp(COUNTS);
  const reply = await laneway.chat(
    { model: 'main' },
    { 'x-laneway-user': Buffer.from('jürgen').toString('latin1') },
  );
  expect(await laneway.trace(reply)).toMatchObject({ user: 'jürgen' });
});

test('a lane without any target is logged once per generation', async () => {
  const upstream = await startFakeUpstream(chatScript(() => json(200, completion('Yes.'))));
  const config = laneOver([upstream.url]);
  const lanes = { ...(config['lanes'] as object), empty: { requirements: { coding_strength: 0.99 } } };
  const laneway = await startGateway({
    config: { ...config, lanes, models: { 'a/m': { capabilities: { coding_strength: 0.1 } } } },
  });
  running.push({ stop: () => upstream.close() }, laneway);
  for (let count = 0; count < 3; count += 1)
    expect((await laneway.chat({ model: 'empty' })).status).toBe(200);
  const logged = laneway.log.filter(({ message }) => message.startsWith('lane_without_target'));
  expect(logged.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'lane_without_target: lane empty has no target; using lane main'],
  ]);
});
