import { afterEach, describe, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { assignment, call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

const NEW = { provider: 'b', model_id: 'm' };
const BROKEN = json(500, { error: { message: 'the secret prompt made me stumble' } });
const GOOD = json(200, completion('from b'));

/** A server whose replies a test may change. */
interface Candidate {
  readonly upstream: FakeUpstream;
  reply: Reply;
}

async function candidate(): Promise<Candidate> {
  const state: { reply: Reply } = { reply: GOOD };
  const upstream = await startFakeUpstream(chatScript(() => state.reply));
  ended({ stop: () => upstream.close() });
  return Object.assign(state, { upstream });
}

async function setUp(): Promise<{ readonly gateway: TestGateway; readonly b: Candidate }> {
  const b = await candidate();
  const config = laneOver([(await server('from a')).url, b.upstream.url], { preferred: ['a/m'] });
  const nodes = { evaluate: { model: 'a/m' }, plan: { lane: 'main' } };
  const lanes = { ...(config['lanes'] as object), other: { preferred: ['b/m', 'a/m'] } };
  return { gateway: ended(await startGateway({ config: { ...config, nodes, lanes } })), b };
}

const rollback = (after_errors: number, within_s = 300): object => ({ rollback: { after_errors, within_s } });

function put(gateway: TestGateway, subject: string, body: object): ReturnType<typeof call<Switched>> {
  return call<Switched>(gateway, 'PUT', `/api/debug/models/${subject}`, body);
}

interface Switched {
  readonly warnings: readonly { readonly code: string }[];
  readonly rollback: Record<string, unknown> | null;
  readonly provider: string;
}

/** Asks `times` times; the statuses and who answered. */
async function ask(gateway: TestGateway, model: string, times: number): Promise<string[]> {
  const seen: string[] = [];
  for (let n = 0; n < times; n += 1) {
    const reply = await gateway.chat({ model });
    await reply.text();
    seen.push(`${reply.status} ${reply.headers.get('x-laneway-target') ?? ''}`);
  }
  return seen;
}

async function watched(gateway: TestGateway, subject: string): Promise<Switched['rollback']> {
  return ((await gateway.get(`/api/debug/models/${subject}`)) as Switched).rollback;
}

/** Waits until the watch of a subject has ended. */
async function rolledBack(gateway: TestGateway, subject: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await watched(gateway, subject)) === null) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the switch was not rolled back');
}

async function lastAudit(gateway: TestGateway): Promise<Record<string, unknown> | undefined> {
  const { entries } = (await gateway.get('/api/audit')) as { entries: Record<string, unknown>[] };
  return entries[0];
}

describe('a switch with rollback', () => {
  test('is put back at the given number of failures; clients get fallback answers meanwhile', async () => {
    const { gateway, b } = await setUp();
    const events: Record<string, unknown>[] = [];
    gateway.app.registry.onAssignment((event) => events.push({ ...event }));
    const { body } = await put(gateway, 'evaluate', { ...NEW, ...rollback(3) });
    expect(body.rollback).toMatchObject({ after_errors: 3, within_s: 300, errors: 0 });
    expect(await ask(gateway, 'evaluate', 2)).toEqual(['200 b/m', '200 b/m']);
    b.reply = BROKEN;
    expect(await ask(gateway, 'evaluate', 2)).toEqual(['200 a/m', '200 a/m']);
    expect(await watched(gateway, 'evaluate')).toMatchObject({ errors: 2 });
    expect(await ask(gateway, 'evaluate', 1)).toEqual(['200 a/m']);
    await rolledBack(gateway, 'evaluate');
    expect(await assignment(gateway, 'evaluate')).toMatchObject({
      ...{ provider: 'a', is_default: true, generation: 3 },
    });
    const reason = expect.stringMatching(
      /^3 errors in \d+ s after the switch to b\/m; the last: b\/m .*\(?500/,
    ) as string;
    expect(await lastAudit(gateway)).toMatchObject({
      ...{ actor: 'rollback', action: 'switch', subject: 'evaluate', from: 'b/m', to: 'a/m', reason },
    });
    expect(events.at(-1)).toMatchObject({
      action: 'switch',
      actor: 'rollback',
      from: 'b/m',
      to: 'a/m',
      reason,
    });
    const logged = gateway.log.find(({ message }) => message.includes('was rolled back'));
    expect(logged).toMatchObject({ level: 'warn', fields: { subject: 'evaluate', from: 'b/m', to: 'a/m' } });
    // What servers say may repeat the prompt, and the audit is kept.
    expect(JSON.stringify(await lastAudit(gateway))).not.toContain('secret prompt');
  });

  test('goes back to the override before it, with its reason of expiry kept', async () => {
    const { gateway, b } = await setUp();
    const until = { lane: 'other', expires_in_s: 3600 };
    const before = (await put(gateway, 'evaluate', until)).body as unknown as { expires_at: string };
    await put(gateway, 'evaluate', { ...NEW, ...rollback(1) });
    b.reply = BROKEN;
    await ask(gateway, 'evaluate', 1);
    await rolledBack(gateway, 'evaluate');
    expect(await assignment(gateway, 'evaluate')).toMatchObject({
      ...{ lane: 'other', actor: 'rollback', expires_at: before.expires_at },
    });
  });

  test('counts requests that went elsewhere at once because the new server is out of reach', async () => {
    const { gateway, b } = await setUp();
    await put(gateway, 'evaluate', { ...NEW, ...rollback(4) });
    b.upstream.stopListening();
    b.reply = [...GOOD];
    await gateway.app.providers.destroy();
    await ask(gateway, 'evaluate', 4);
    await rolledBack(gateway, 'evaluate');
    expect((await lastAudit(gateway))?.['actor']).toBe('rollback');
  });

  test('does not count the mistakes of callers', async () => {
    const { gateway, b } = await setUp();
    await put(gateway, 'evaluate', { ...NEW, ...rollback(1) });
    b.reply = json(400, { error: { message: 'temperature must be below 2', type: 'invalid_request_error' } });
    expect(await ask(gateway, 'evaluate', 3)).toEqual(['400 ', '400 ', '400 ']);
    b.reply = json(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } });
    await ask(gateway, 'evaluate', 2);
    expect(await watched(gateway, 'evaluate')).toMatchObject({ errors: 0 });
  });

  test('does not count requests of other nodes', async () => {
    const { gateway, b } = await setUp();
    await put(gateway, 'evaluate', { ...NEW, ...rollback(1) });
    b.reply = BROKEN;
    await ask(gateway, 'lane:other', 1);
    await ask(gateway, 'b/m', 1);
    expect(await watched(gateway, 'evaluate')).toMatchObject({ errors: 0 });
  });

  test.each(['undo', 'reset', 'switch'])('is no longer watched after a %s', async (how) => {
    const { gateway, b } = await setUp();
    await put(gateway, 'evaluate', { ...NEW, ...rollback(1) });
    if (how === 'undo') await call(gateway, 'POST', '/api/debug/models/evaluate/undo', {});
    else if (how === 'reset') await call(gateway, 'POST', '/api/debug/models/reset');
    else await put(gateway, 'evaluate', { lane: 'other' });
    expect(await watched(gateway, 'evaluate')).toBeNull();
    b.reply = BROKEN;
    await ask(gateway, 'evaluate', 2);
    expect((await lastAudit(gateway))?.['actor']).toBe('local');
  });

  test('to a lane is put back only for requests that no target of the lane answers', async () => {
    const { gateway, b } = await setUp();
    await put(gateway, 'evaluate', { lane: 'other', ...rollback(1) });
    b.reply = BROKEN;
    expect(await ask(gateway, 'evaluate', 2)).toEqual(['200 a/m', '200 a/m']);
    expect(await watched(gateway, 'evaluate')).toMatchObject({ errors: 0 });
  });

  test('of a lane takes the model out of its chain again', async () => {
    const { gateway, b } = await setUp();
    const { body } = await put(gateway, 'lane:main', { ...NEW, ...rollback(2) });
    expect(body.rollback).toMatchObject({ after_errors: 2 });
    b.reply = BROKEN;
    await ask(gateway, 'plan', 1);
    await ask(gateway, 'lane:main', 1);
    await rolledBack(gateway, 'lane:main');
    expect(await ask(gateway, 'lane:main', 1)).toEqual(['200 a/m']);
    expect(await lastAudit(gateway)).toMatchObject({ actor: 'rollback', subject: 'lane:main', to: null });
  });

  test('of a user is put back for that user, by that user’s failures', async () => {
    const { gateway, b } = await setUp();
    const sent = { provider: 'b', model: 'm', ...rollback(1) };
    const user = { 'x-laneway-user': 'ann' };
    await call(gateway, 'POST', '/api/models/switch', sent, user);
    const watch = { user: 'ann', subject: 'lane:main' };
    b.reply = BROKEN;
    await ask(gateway, 'lane:other', 1);
    expect(gateway.app.registry.rollbacks.of(watch)?.errors).toBe(0);
    await (await gateway.chat({ model: 'auto' }, user)).text();
    await expect.poll(() => gateway.app.registry.rollbacks.of(watch)).toBeNull();
    expect(gateway.app.registry.lane('main', 'ann').override).toBeNull();
  });

  test('that changes nothing is not watched, and says so', async () => {
    const { gateway } = await setUp();
    const { body } = await put(gateway, 'evaluate', { provider: 'a', model_id: 'm', ...rollback(1) });
    expect(body.warnings.map(({ code }) => code)).toEqual(['rollback_unused']);
    expect(body.rollback).toBeNull();
  });
});
