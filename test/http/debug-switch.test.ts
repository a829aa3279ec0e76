import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';
import {
  assignment,
  call,
  ended,
  movableClock,
  server,
  stopAll,
  type Answer,
  type AssignmentBody,
} from './operator.ts';

afterEach(stopAll);

async function setUp(
  options: Partial<GatewayOptions> = {},
  more: Record<string, unknown> = {},
): Promise<TestGateway> {
  const config = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const nodes = {
    evaluate: { model: 'a/m', why: 'simple scoring' },
    plan: { lane: 'main' },
    here_only: { model: 'a/m', cloud: false },
  };
  const providers = {
    ...config.providers,
    sky: { type: 'openai', api_key: 'env:SKY_KEY' },
    dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
  };
  return ended(
    await startGateway({
      config: { ...config, providers, nodes, ...more },
      variables: { SKY_KEY: 'sk-fake-000' },
      discover: false,
      ...options,
    }),
  );
}

function put(
  gateway: TestGateway,
  node: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<AssignmentBody>> {
  return call(gateway, 'PUT', `/api/debug/models/${node}`, body, headers);
}

async function answeredBy(gateway: TestGateway, model: string): Promise<string> {
  const answer = await gateway.chat({ model });
  const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

const B = { provider: 'b', model_id: 'm' };

test('a temporary switch shows its expiry, holds until then, and is reverted afterwards', async () => {
  const clock = movableClock();
  const gateway = await setUp({ clock });
  const requestedAt = clock.wall();
  const { body } = await put(gateway, 'evaluate', { ...B, expires_in_s: 60, reason: 'for an hour' });
  const end = Date.parse(body.expires_at ?? '');
  expect(end).toBeGreaterThanOrEqual(requestedAt + 60_000);
  expect(end).toBeLessThan(requestedAt + 70_000);
  expect((await assignment(gateway, 'evaluate')).expires_at).toBe(body.expires_at);
  expect(await answeredBy(gateway, 'evaluate')).toBe('from b');

  clock.forward(61_000);
  await expect.poll(() => answeredBy(gateway, 'evaluate'), { timeout: 4_000 }).toBe('from a');
  expect(await assignment(gateway, 'evaluate')).toMatchObject({
    is_default: true,
    expires_at: null,
    generation: body.generation + 1,
  });
  const { body: history } = await call<{ entries: unknown[] }>(
    gateway,
    'GET',
    '/api/debug/models/evaluate/history',
  );
  expect(history.entries[0]).toMatchObject({ action: 'expire', actor: 'expiry', from: 'b/m', to: 'a/m' });
});

test.each([0, -1, 1.5, 31 * 86_400 + 1, '60'])(
  'an expiry of %s seconds is rejected by name',
  async (seconds) => {
    const gateway = await setUp();
    const { status, body } = await put(gateway, 'evaluate', { ...B, expires_in_s: seconds });
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', 'expires_in_s']);
  },
);

test('a dry run of a fit target returns the resulting assignment and changes nothing', async () => {
  const gateway = await setUp();
  const { status, body } = await put(gateway, 'evaluate', { ...B, reason: 'cheaper', dry_run: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ node: 'evaluate', dry_run: true, fit: true, reasons: [], warnings: [], generation: 1 },
    ...{ provider: 'b', model_id: 'm', lane: null, is_default: false, reason: 'cheaper' },
    previous: { provider: 'a', model_id: 'm', lane: null },
  });
  expect(await assignment(gateway, 'evaluate')).toMatchObject({
    provider: 'a',
    is_default: true,
    generation: 1,
  });
  expect((await call<{ entries: unknown[] }>(gateway, 'GET', '/api/audit')).body.entries).toEqual([]);
});

test('a dry run of an unfit target is 200 with the reasons', async () => {
  const gateway = await setUp();
  for (const [node, target, code] of [
    ['evaluate', { provider: 'dark', model_id: 'gpt-x' }, 'needs_key'],
    ['here_only', { provider: 'sky', model_id: 'gpt-x' }, 'not_allowed'],
  ] as const) {
    const { status, body } = await put(gateway, node, { ...target, dry_run: true });
    expect([status, body.fit, body.reasons?.map((reason) => reason.code)]).toEqual([200, false, [code]]);
  }
  expect((await assignment(gateway, 'here_only')).generation).toBe(1);
});

test('of two operators with the same generation only one switches', async () => {
  const gateway = await setUp();
  const seen = (await call(gateway, 'GET', '/api/debug/models')).headers.get('etag') ?? '';
  const answers = await Promise.all(
    ['one', 'two', 'three'].map((reason) => put(gateway, 'evaluate', { ...B, reason }, { 'if-match': seen })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412]);
  const lost = answers.find(({ status }) => status === 412);
  expect(lost?.body.error.code).toBe('generation_mismatch');
  expect((await assignment(gateway, 'evaluate')).generation).toBe(2);
});

test('If-Match guards DELETE, reset and undo too, and accepts a tag that a proxy made weak', async () => {
  const gateway = await setUp();
  await put(gateway, 'evaluate', B);
  const stale = { 'if-match': '"1"' };
  for (const [method, path] of [
    ['DELETE', '/api/debug/models/evaluate'],
    ['POST', '/api/debug/models/reset'],
    ['POST', '/api/debug/models/evaluate/undo'],
    ['POST', '/api/debug/config/reload'],
  ] as const) {
    expect([path, (await call(gateway, method, path, undefined, stale)).status]).toEqual([path, 412]);
  }
  expect((await assignment(gateway, 'evaluate')).generation).toBe(2);
  const fresh = await call(gateway, 'DELETE', '/api/debug/models/evaluate', undefined, {
    'if-match': 'W/"2"',
  });
  expect(fresh.status).toBe(200);
});

test('with switching off a switch is 409, but dry runs and resolve still work', async () => {
  const gateway = await setUp({}, { runtime_switching: false });
  for (const [method, path, body] of [
    ['PUT', '/api/debug/models/evaluate', B],
    ['DELETE', '/api/debug/models/evaluate', undefined],
    ['POST', '/api/debug/models/reset', undefined],
    ['POST', '/api/debug/models/evaluate/undo', undefined],
    ['POST', '/api/debug/config/reload', undefined],
  ] as const) {
    const answer = await call(gateway, method, path, body);
    expect([path, answer.status, answer.body.error.code]).toEqual([path, 409, 'runtime_switching_off']);
  }
  expect((await put(gateway, 'evaluate', { ...B, dry_run: true })).body).toMatchObject({ fit: true });
  expect((await call(gateway, 'POST', '/api/debug/resolve', { model: 'evaluate' })).status).toBe(200);
});

test('every read has the generation as its ETag, a failed one does not', async () => {
  const gateway = await setUp();
  await put(gateway, 'evaluate', B);
  for (const path of [
    '/api/debug/models',
    '/api/debug/config',
    '/api/debug/health',
    '/api/audit',
    '/api/usage',
  ]) {
    expect([path, (await call(gateway, 'GET', path)).headers.get('etag')]).toEqual([path, '"2"']);
  }
  const missing = await call(gateway, 'GET', '/api/debug/requests/req_none');
  expect([missing.status, missing.headers.get('etag')]).toEqual([404, null]);
});

test('a node is switched for all users: naming one is a warning', async () => {
  const gateway = await setUp();
  const { status, body } = await put(gateway, 'evaluate', B, { 'x-laneway-user': 'ann' });
  expect(status).toBe(200);
  expect(body.warnings.map(({ code }) => code)).toEqual(['user_ignored']);
});

test('a dry run warns that the switch itself would be rejected while switching is off', async () => {
  const gateway = await setUp({}, { runtime_switching: false });
  const { status, body } = await put(gateway, 'evaluate', { ...B, dry_run: true });
  expect(status).toBe(200);
  expect(body.warnings.map(({ code }) => code)).toEqual(['runtime_switching_off']);
});
