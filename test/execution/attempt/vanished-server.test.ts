import { afterEach, expect, test } from 'vitest';

import { chunk, hang, json, lastChunk, send, sse, wait } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, type FakeKind } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** Gateway seconds in one second of the test: 15 s of silence are 300 ms. */
const HASTE = 50;
const clock = { now: () => performance.now() * HASTE, wall: () => Date.now() };

const [role = '', word = ''] = chunks('half');
const [streamHead = send('')] = sse([]);
const good = sse([...chunks('from b'), '[DONE]']);

async function setUp(
  servers: readonly (readonly [FakeKind, Reply])[],
): Promise<{ laneway: TestGateway; upstreams: FakeUpstream[] }> {
  const upstreams = await Promise.all(servers.map(([, reply]) => startFakeUpstream(chatScript(() => reply))));
  for (const upstream of upstreams) running.push({ stop: () => upstream.close() });
  const kinds = servers.map(([kind], index) => ({ kind, url: upstreams[index]?.url ?? '' }));
  const laneway = await startGateway({
    config: laneOfKinds(kinds, { deadlines: { connect_s: 100 } }),
    types: FAKE_TYPES,
    variables: FAKE_VARIABLES,
    clock,
  });
  running.push(laneway);
  return { laneway, upstreams };
}

/** Resolves once the server has its chat. */
async function chatOf(upstream: FakeUpstream | undefined): Promise<void> {
  for (let index = 0; ; index += 1) if ((await upstream?.request(index))?.method === 'POST') return;
}

const lists = (upstream: FakeUpstream | undefined): number =>
  upstream?.requests.filter(({ method }) => method === 'GET').length ?? 0;

test.each([
  ['openai_compatible', true],
  ['streams_only', false],
] as const)(
  'a server that vanishes before its first content is left for the next target (%s)',
  async (kind, stream) => {
    const { laneway, upstreams } = await setUp([
      [kind, [streamHead, chunk(`data: ${role}\n\n`), hang()]],
      ['openai_compatible', good],
    ]);
    const asked = laneway.chat({ model: 'main', stream });
    await chatOf(upstreams[0]);
    upstreams[0]?.stopListening();
    const reply = await asked;
    expect(await reply.text()).toContain('from b');
    expect((await laneway.trace(reply)).attempts[0]).toMatchObject({
      class: 'unanswered',
      message: 'fell silent, and its server refuses connections',
    });
  },
);

test('a server that vanishes after its first content ends the stream with an error', async () => {
  const { laneway, upstreams } = await setUp([
    ['openai_compatible', [streamHead, chunk(`data: ${role}\n\ndata: ${word}\n\n`), hang()]],
    ['openai_compatible', good],
  ]);
  const reply = await laneway.chat({ model: 'main', stream: true });
  upstreams[0]?.stopListening();
  const text = await reply.text();
  expect(text).toContain('half');
  expect(text).toContain('"code":"upstream_disconnected"');
  expect(text).not.toContain('from b');
  expect((await laneway.trace(reply)).attempts[0]).toMatchObject({ class: 'started' });
});

test('a server that vanishes before it has sent anything does not hold a stream either', async () => {
  const { laneway, upstreams } = await setUp([
    ['openai_compatible', [hang()]],
    ['openai_compatible', good],
  ]);
  const asked = laneway.chat({ model: 'main', stream: true });
  await chatOf(upstreams[0]);
  upstreams[0]?.stopListening();
  expect(await (await asked).text()).toContain('from b');
});

test.each([
  ['lists its models', json(200, { object: 'list', data: [{ id: 'm', object: 'model' }] })],
  ['fails to list its models', json(500, { error: { message: 'busy' } })],
  ['does not answer the probe', [hang()]],
] as [string, Reply][])('a long tool argument comes to its end if the server %s', async (_name, list) => {
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'write', arguments: '' } };
  const event = (delta: unknown, finish: string | null = null): string =>
    `data: ${JSON.stringify({
      ...(JSON.parse(role) as object),
      choices: [{ index: 0, delta, finish_reason: finish }],
    })}\n\n`;
  const argumentsOnly = { tool_calls: [{ index: 0, function: { arguments: '{"content":"a long file"}' } }] };
  const reply: Reply = [
    streamHead,
    chunk(event({ role: 'assistant', tool_calls: [call] })),
    wait(1500),
    chunk(event(argumentsOnly) + event({}, 'tool_calls') + 'data: [DONE]\n\n'),
    lastChunk(),
  ];
  const { laneway, upstreams } = await setUp([['openai_compatible', reply]]);
  const before = lists(upstreams[0]);
  upstreams[0]?.use((request) => (request.method === 'GET' ? list : reply));
  const text = await (await laneway.chat({ model: 'main', stream: true })).text();
  expect(text).toContain('a long file');
  expect(text).toContain('[DONE]');
  expect(lists(upstreams[0]) - before).toBeGreaterThanOrEqual(2);
});

test('a stream whose end mark never comes is ended after 15 s of silence (wire case 4)', async () => {
  const { laneway } = await setUp([['openai_compatible', [...sse(chunks('Hello'), { end: false }), hang()]]]);
  const startedAt = performance.now();
  const text = await (await laneway.chat({ model: 'main', stream: true })).text();
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(4000);
});
