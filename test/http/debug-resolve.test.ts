import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, server, stopAll, type Answer } from './operator.ts';

afterEach(stopAll);

interface Plan {
  readonly requested: string;
  readonly rule: string | null;
  readonly facts: Record<string, unknown>;
  readonly targets: readonly { readonly target: string; readonly code: string | null }[];
}

const HELLO = { messages: [{ role: 'user', content: 'Hello?' }] };

async function setUp(): Promise<TestGateway> {
  const config = laneOver([(await server('from a')).url, (await server('from b')).url]);
  const rules = { deep_ingest: { lane: 'deep', over_tokens: 1000, repositories: true } };
  const lanes = { ...(config['lanes'] as object), deep: { preferred: ['b/m'] } };
  return ended(await startGateway({ config: { ...config, lanes, rules }, discover: false }));
}

function resolve(
  gateway: TestGateway,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<Plan>> {
  return call(gateway, 'POST', '/api/debug/resolve', body, headers);
}

test('a user’s own switch applies, with the user given in the facts or in the header', async () => {
  const gateway = await setUp();
  const ann = { 'x-laneway-user': 'ann' };
  await call(gateway, 'POST', '/api/models/switch', { provider: 'b', model: 'm' }, ann);
  const first = async (body: object, headers = {}): Promise<string | undefined> =>
    (await resolve(gateway, body, headers)).body.targets[0]?.target;
  expect(await first({ model: 'lane:main' })).toBe('a/m');
  expect(await first({ model: 'lane:main', user: 'ann' })).toBe('b/m');
  expect(await first({ model: 'lane:main' }, ann)).toBe('b/m');
  expect(await first({ model: 'lane:main', ...HELLO }, ann)).toBe('b/m');
  expect(await first({ model: 'lane:main', user: 'bob' }, ann)).toBe('a/m');
});

test('facts and hints route it like the real request', async () => {
  const gateway = await setUp();
  for (const [body, headers] of [
    [{ model: 'lane:main', estimated_tokens: 2000 }, {}],
    [{ model: 'lane:main', is_repository: true }, {}],
    [{ model: 'lane:main' }, { 'x-laneway-hint': 'deep_ingest' }],
  ] as const) {
    const { body: plan } = await resolve(gateway, body, headers);
    expect([plan.rule, plan.targets[0]?.target]).toEqual(['deep_ingest', 'b/m']);
  }
  const { body: plan } = await resolve(gateway, {}, { 'x-laneway-lane': 'deep' });
  expect(plan.requested).toBe('lane:deep');
});

test('a body with messages is validated as a chat body, any other as facts', async () => {
  const gateway = await setUp();
  const chat = await resolve(gateway, { ...HELLO, stream: true, top_k: 5 });
  expect(chat.status).toBe(200);
  expect(chat.body.facts).toMatchObject({ stream: true, estimated_tokens: expect.any(Number) as unknown });
  for (const [body, code, param] of [
    [{ messages: [] }, 'invalid_body', 'messages'],
    [{ modle: 'main' }, 'invalid_body', 'modle'],
    [{ estimated_tokens: -1 }, 'invalid_body', 'estimated_tokens'],
    [{ needs: ['wings'] }, 'invalid_body', 'needs.0'],
  ] as const) {
    const { status, body: answer } = await resolve(gateway, body);
    expect([status, answer.error.code, answer.error.param]).toEqual([400, code, param]);
  }
  const unknown = await resolve(gateway, { model: 'mian' });
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'model_not_found']);
});

test('max_output_tokens alone changes no plan', async () => {
  const gateway = await setUp();
  const plan = async (body: object): Promise<unknown> => {
    const { rule, targets } = (await resolve(gateway, body)).body;
    return { rule, targets };
  };
  const without = await plan({ model: 'lane:main', estimated_tokens: 900 });
  expect(without).toMatchObject({ rule: null });
  const facts = { model: 'lane:main', estimated_tokens: 900, max_output_tokens: 10_000_000 };
  expect(await plan(facts)).toEqual(without);
  expect(await plan({ model: 'lane:main', max_tokens: 10_000_000, ...HELLO })).toEqual(without);
});

test.each(['lane', 'node'])('a body with "%s" is refused with the way to name it', async (field) => {
  const { status, body } = await resolve(await setUp(), { [field]: 'main' });
  expect(status).toBe(400);
  expect(body).toMatchObject({ error: { code: 'invalid_body', param: field } });
  expect(JSON.stringify(body)).toContain(`model\\\": \\\"${field}:main`);
});
