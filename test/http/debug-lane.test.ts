import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, server, stopAll, type AssignmentBody } from './operator.ts';

afterEach(stopAll);

async function setUp(): Promise<TestGateway> {
  const config = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const lanes = { main: { preferred: ['a/m'] }, side: { preferred: ['a/m'] } };
  return ended(await startGateway({ config: { ...config, lanes, nodes: { evaluate: { model: 'a/m' } } } }));
}

const B = { provider: 'b', model_id: 'm' };

async function answeredBy(gateway: TestGateway): Promise<string> {
  const answer = await gateway.chat({ model: 'lane:side' });
  const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

test('the name of a lane where a node is expected suggests lane:NAME', async () => {
  const gateway = await setUp();
  for (const [method, body] of [
    ['PUT', B],
    ['DELETE', undefined],
  ] as const) {
    const answer = await call(gateway, method, '/api/debug/models/side', body);
    expect([answer.status, answer.body.error.code]).toEqual([404, 'node_not_found']);
    expect(answer.body.error.message).toContain('did you mean "lane:side"?');
  }
});

test('PUT lane:NAME puts a model first in that lane, and DELETE takes it away', async () => {
  const gateway = await setUp();
  const path = '/api/debug/models/lane:side';
  const dry = await call<AssignmentBody>(gateway, 'PUT', path, { ...B, dry_run: true });
  expect(dry.body).toMatchObject({ dry_run: true, fit: true, node: 'lane:side', provider: 'b' });
  expect(await answeredBy(gateway)).toBe('from a');

  const put = await call<AssignmentBody>(gateway, 'PUT', path, { ...B, reason: 'try it', expires_in_s: 60 });
  expect(put.body).toMatchObject({
    node: 'lane:side',
    ...B,
    lane: 'side',
    is_default: false,
    reason: 'try it',
    previous: { provider: 'a', model_id: 'm', lane: 'side' },
  });
  expect(await answeredBy(gateway)).toBe('from b');

  expect((await call(gateway, 'DELETE', path)).body).toMatchObject({ provider: 'a', is_default: true });
  expect(await answeredBy(gateway)).toBe('from a');
});

test('PUT lane:NAME rejects what a lane cannot take', async () => {
  const gateway = await setUp();
  const put = (name: string, body: object) => call(gateway, 'PUT', `/api/debug/models/lane:${name}`, body);
  expect((await put('side', { lane: 'main' })).body.error).toMatchObject({
    code: 'invalid_body',
    param: 'lane',
  });
  expect((await put('sid', B)).body.error).toMatchObject({ code: 'lane_not_found' });
  expect((await put('sid', B)).body.error.message).toContain('did you mean "side"?');
  expect((await put('side', { provider: 'b', model_id: 'nope' })).status).toBe(404);
});
