import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { wait } from '../support/fake-replies.ts';
import { call, ended, stopAll } from './operator.ts';

afterEach(stopAll);

interface Recommended {
  readonly node: string;
  readonly current: {
    readonly provider: string;
    readonly requests: number;
    readonly error_rate: number;
  } | null;
  readonly recommendation: { readonly provider: string; readonly requests: number } | null;
  readonly reason: string;
}

async function upstream(reply: Reply | ((chat: number) => Reply)): Promise<FakeUpstream> {
  const script = chatScript((_, chat) => (typeof reply === 'function' ? reply(chat) : reply));
  const started = await startFakeUpstream(script);
  ended({ stop: () => started.close() });
  return started;
}

async function ask(gateway: TestGateway, model: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await (await gateway.chat({ model })).text();
}

async function recommended(gateway: TestGateway, subject: string): Promise<Recommended> {
  return (await call<Recommended>(gateway, 'GET', `/api/debug/models/${subject}/recommendation`)).body;
}

const GOOD = json(200, completion('good'));

test('a model that answers at once and never fails is recommended over one that is slow and does; nothing is switched', async () => {
  const slow = await upstream((chat) =>
    chat % 5 === 4 ? json(500, { error: { message: 'oops' } }) : [wait(30), ...GOOD],
  );
  const config = laneOver([slow.url, (await upstream(GOOD)).url], { preferred: ['a/m'] });
  const nodes = { evaluate: { model: 'a/m' } };
  const gateway = ended(await startGateway({ config: { ...config, nodes } }));
  const few = await recommended(gateway, 'evaluate');
  expect([few.recommendation, few.reason]).toEqual([
    null,
    'a/m had 0 requests in the last 7 days; at least 20 are needed',
  ]);
  await ask(gateway, 'evaluate', 25);
  await ask(gateway, 'b/m', 25);
  await expect.poll(async () => (await recommended(gateway, 'evaluate')).recommendation?.requests).toBe(30);
  const { node, current, recommendation, reason } = await recommended(gateway, 'evaluate');
  expect(node).toBe('evaluate');
  expect(current).toMatchObject({ provider: 'a', requests: 25, error_rate: 0.2 });
  expect(recommendation?.provider).toBe('b');
  expect(reason).toMatch(/^b\/m instead of a\/m: p50 \d+ ms against \d+ ms, 0 % errors against 20 %/);
  expect(await gateway.get('/api/debug/models/evaluate')).toMatchObject({ provider: 'a', generation: 1 });
}, 20_000);

test('only models that meet the requirements of the lane, and that a switch would accept, are compared', async () => {
  const config = laneOver([(await upstream(GOOD)).url, (await upstream(GOOD)).url], {
    preferred: ['a/m'],
    requirements: { supports_tools: true },
  });
  const models = { 'b/m': { capabilities: { supports_tools: false } } };
  const gateway = ended(await startGateway({ config: { ...config, models } }));
  await ask(gateway, 'lane:main', 21);
  await expect.poll(async () => (await recommended(gateway, 'lane:main')).current?.requests).toBe(21);
  expect(await recommended(gateway, 'lane:main')).toMatchObject({
    ...{ node: 'lane:main', recommendation: null, reason: 'no other available model can do what a/m does' },
  });
});

test('an unknown node is 404 with the closest names', async () => {
  const gateway = ended(await startGateway({ config: laneOver([(await upstream(GOOD)).url]) }));
  const { status, body } = await call(gateway, 'GET', '/api/debug/models/evaluat/recommendation');
  expect([status, body.error.code]).toEqual([404, 'node_not_found']);
  expect(body.error.message).toContain('evaluate');
});
