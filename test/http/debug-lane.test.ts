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

test('a lane is switched, undone, read and reset like a node, with a history of its own', async () => {
  const gateway = await setUp();
  for (const name of ['lane:side', 'lane%3Amain', 'evaluate']) {
    const path = `/api/debug/models/${name}`;
    const read = async (): Promise<unknown> => {
      const { body } = await call<AssignmentBody>(gateway, 'GET', path);
      return [body.provider, body.is_default, body.reason];
    };
    const byDefault = await read();
    const { generation } = (await call<AssignmentBody>(gateway, 'GET', path)).body;
    const stale = { 'if-match': `"${generation - 1}"` };
    expect((await call(gateway, 'PUT', path, B, stale)).status).toBe(412);
    const match = { 'if-match': `"${generation}"` };
    const put = { ...B, reason: 'first', expires_in_s: 600, rollback: { after_errors: 2, within_s: 60 } };
    const first = await call<AssignmentBody & { rollback: unknown }>(gateway, 'PUT', path, put, match);
    expect(first.body.rollback).toMatchObject({ after_errors: 2, within_s: 60, errors: 0 });
    expect(Date.parse(first.body.expires_at ?? '')).toBeGreaterThan(Date.now());
    await call(gateway, 'PUT', path, { ...B, reason: 'second' });
    expect(await read()).toEqual(['b', false, 'second']);

    expect((await call(gateway, 'POST', `${path}/undo`, {}, stale)).status).toBe(412);
    await call(gateway, 'POST', `${path}/undo`, {});
    expect(await read()).toEqual(['b', false, 'first']);
    await call(gateway, 'POST', `${path}/undo`, {});
    expect(await read()).toEqual(byDefault);
    await call(gateway, 'PUT', path, B);
    await call(gateway, 'DELETE', path);
    expect(await read()).toEqual(byDefault);
    const again = await call<AssignmentBody>(gateway, 'DELETE', path);
    const subject = decodeURIComponent(name);
    const { body } = await call<{ entries: { action: string; subject: string }[] }>(
      gateway,
      'GET',
      `${path}/history`,
    );
    expect(body.entries.map(({ action }) => action)).toEqual([
      ...['reset', 'switch', 'undo', 'undo', 'switch', 'switch'],
    ]);
    expect(new Set(body.entries.map((entry) => entry.subject))).toEqual(new Set([subject]));
    expect(again.body.generation).toBe(generation + 6);
  }
});

test.each(['GET', 'PUT', 'DELETE', 'history', 'undo'])(
  '%s of an unknown lane is lane_not_found with the nearest name',
  async (verb) => {
    const gateway = await setUp();
    const path = '/api/debug/models/lane:sid';
    const answer =
      verb === 'history'
        ? await call(gateway, 'GET', `${path}/history`)
        : verb === 'undo'
          ? await call(gateway, 'POST', `${path}/undo`, {})
          : await call(gateway, verb, path, verb === 'PUT' ? B : undefined);
    expect([answer.status, answer.body.error.code]).toEqual([404, 'lane_not_found']);
    expect(answer.body.error.message).toContain('did you mean "side"?');
  },
);
