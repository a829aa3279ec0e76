import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';

import { json, sse, until } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function server(content: string): Promise<FakeUpstream> {
  const started = await startFakeUpstream(chatScript(() => json(200, completion(content))));
  running.push({ stop: () => started.close() });
  return started;
}

async function setUp(): Promise<{ laneway: TestGateway; a: FakeUpstream; b: FakeUpstream }> {
  const a = await server('from a');
  const b = await server('from b');
  const config = laneOver([a.url, b.url]);
  const nodes = {
    evaluate: { model: 'a/m', why: 'simple scoring' },
    plan: { lane: 'main' },
    here_only: { model: 'a/m', cloud: false },
    vectors: { model: 'a/vec', kind: 'embeddings' },
  };
  const providers = {
    ...config.providers,
    sky: { type: 'openai', api_key: 'env:SKY_KEY' },
    dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
  };
  const laneway = await startGateway({
    config: { ...config, providers, nodes },
    variables: { SKY_KEY: 'sk-fake-000' },
    discover: false,
  });
  running.push(laneway);
  return { laneway, a, b };
}

interface View {
  readonly provider: string | null;
  readonly model_id: string | null;
  readonly lane: string | null;
  readonly is_default: boolean;
  readonly default: unknown;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly generation: number;
  readonly previous: unknown;
  readonly warnings: readonly { code: string }[];
  readonly last_duration_ms: number | null;
  readonly durations: readonly { target: string }[];
}

async function put(
  laneway: TestGateway,
  node: string,
  body: unknown,
): Promise<{
  status: number;
  body: View & { error: { code: string; detail: { reasons: { code: string }[] } } };
}> {
  const answer = await fetch(`${laneway.url}/api/debug/models/${node}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as never };
}

async function assignments(
  laneway: TestGateway,
): Promise<{ generation: number; assignments: Record<string, View> }> {
  return (await laneway.get('/api/debug/models')) as never;
}

async function ask(laneway: TestGateway, model: string): Promise<string> {
  const answer = await laneway.chat({ model });
  const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

test('a switch applies to the next request, and a reset restores the default', async () => {
  const { laneway } = await setUp();
  expect(await ask(laneway, 'evaluate')).toBe('from a');
  const switched = await put(laneway, 'evaluate', { provider: 'b', model_id: 'm', reason: 'cheaper' });
  expect(switched.status).toBe(200);
  expect(switched.body).toMatchObject({
    provider: 'b',
    model_id: 'm',
    lane: null,
    is_default: false,
    default: { provider: 'a', model_id: 'm', lane: null },
    reason: 'cheaper',
    actor: 'local',
    generation: 2,
    previous: { provider: 'a', model_id: 'm', lane: null },
    warnings: [],
  });
  expect(await ask(laneway, 'evaluate')).toBe('from b');

  const reset = await fetch(`${laneway.url}/api/debug/models/reset`, { method: 'POST' });
  expect(await reset.json()).toEqual({ reset: ['evaluate'], generation: 3 });
  expect(await ask(laneway, 'evaluate')).toBe('from a');
});

test('DELETE drops one override and returns the resulting assignment', async () => {
  const { laneway } = await setUp();
  await put(laneway, 'evaluate', { provider: 'b', model_id: 'm' });
  const answer = await fetch(`${laneway.url}/api/debug/models/evaluate`, { method: 'DELETE' });
  expect(await answer.json()).toMatchObject({ provider: 'a', is_default: true, generation: 3 });
});

test('calls that change nothing keep the generation: the same PUT, the default, a reset without overrides', async () => {
  const { laneway } = await setUp();
  const first = await put(laneway, 'evaluate', { provider: 'b', model_id: 'm', reason: 'cheaper' });
  const again = await put(laneway, 'evaluate', { provider: 'b', model_id: 'm', reason: 'cheaper' });
  expect(again.body.generation).toBe(first.body.generation);
  const otherReason = await put(laneway, 'evaluate', { provider: 'b', model_id: 'm', reason: 'better' });
  expect(otherReason.body.generation).toBe(first.body.generation + 1);
  const back = await put(laneway, 'evaluate', { provider: 'a', model_id: 'm' });
  expect(back.body).toMatchObject({ is_default: true, generation: first.body.generation + 2 });
  const once = await fetch(`${laneway.url}/api/debug/models/reset`, { method: 'POST' });
  expect(await once.json()).toEqual({ reset: [], generation: first.body.generation + 2 });
});

test('a node can be assigned to a lane, and shows the model that the lane would select', async () => {
  const { laneway } = await setUp();
  const { body } = await put(laneway, 'evaluate', { lane: 'main' });
  expect(body).toMatchObject({ lane: 'main', provider: 'a', model_id: 'm', is_default: false });
});

test('an unfit target is 409 with its reasons and changes nothing; force assigns it anyway', async () => {
  const { laneway } = await setUp();
  for (const [node, target, code] of [
    ['evaluate', { provider: 'dark', model_id: 'gpt-x' }, 'needs_key'],
    ['here_only', { provider: 'sky', model_id: 'gpt-x' }, 'not_allowed'],
    ['vectors', { provider: 'a', model_id: 'm' }, 'wrong_kind'],
    ['vectors', { lane: 'main' }, 'wrong_kind'],
  ] as const) {
    const refused = await put(laneway, node, target);
    expect(refused.status).toBe(409);
    expect(refused.body.error.code).toBe('unfit_target');
    expect(refused.body.error.detail.reasons.map((reason) => reason.code)).toEqual([code]);
  }
  expect((await assignments(laneway)).generation).toBe(1);
  const forced = await put(laneway, 'evaluate', { provider: 'dark', model_id: 'gpt-x', force: true });
  expect(forced.status).toBe(200);
  expect(forced.body.warnings.map(({ code }) => code)).toEqual(['needs_key']);
});

test('overrides, the generation and the durations of nodes survive a restart', async () => {
  const { laneway } = await setUp();
  await put(laneway, 'evaluate', { provider: 'b', model_id: 'm', reason: 'cheaper' });
  await ask(laneway, 'evaluate');
  await laneway.app.close();
  const kept = JSON.parse(readFileSync(`${laneway.folder}/config/models.json`, 'utf8')) as unknown;
  const second = await startGateway({ config: kept, folder: laneway.folder, discover: false });
  running.push(second);
  const { generation, assignments: after } = await assignments(second);
  expect(generation).toBe(2);
  expect(after['evaluate']).toMatchObject({ provider: 'b', reason: 'cheaper', is_default: false });
  expect(after['evaluate']?.durations.map(({ target }) => target)).toEqual(['b/m']);
  expect(after['evaluate']?.last_duration_ms).toBeGreaterThanOrEqual(0);
});

test('configuration that changed while the gateway was down is one new generation', async () => {
  const { laneway } = await setUp();
  await laneway.app.close();
  const second = await startGateway({
    config: laneOver(['http://127.0.0.1:1']),
    folder: laneway.folder,
    discover: false,
  });
  running.push(second);
  expect((await assignments(second)).generation).toBe(2);
});

test('a stream running during a switch is, byte for byte, what its upstream sent', async () => {
  const b = await server('from b');
  let goOn = (): void => undefined;
  const pause = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const events = [...chunks('one', 'two', 'three'), '[DONE]'];
  const steps = sse(events);
  const slow = await startFakeUpstream(
    chatScript(() => [...steps.slice(0, 3), until(pause), ...steps.slice(3)]),
  );
  running.push({ stop: () => slow.close() });
  const config = laneOver([slow.url, b.url]);
  const gateway = await startGateway({ config: { ...config, nodes: { evaluate: { model: 'a/m' } } } });
  running.push(gateway);

  const answer = await gateway.chat({
    model: 'evaluate',
    stream: true,
    stream_options: { include_usage: true },
  });
  await put(gateway, 'evaluate', { provider: 'b', model_id: 'm' });
  expect(await ask(gateway, 'evaluate')).toBe('from b');
  goOn();
  expect(await answer.text()).toBe(events.map((event) => `data: ${event}\n\n`).join(''));
  expect(answer.headers.get('x-laneway-generation')).toBe('1');
});

test('concurrent switches are serialised and each counts once', async () => {
  const { laneway } = await setUp();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      put(laneway, 'evaluate', {
        provider: index % 2 === 0 ? 'b' : 'a',
        model_id: 'm',
        reason: `turn ${index}`,
      }),
    ),
  );
  const generations = answers.map(({ body }) => body.generation);
  const { generation, assignments: after } = await assignments(laneway);
  expect(Math.max(...generations)).toBe(generation);
  expect(after['evaluate']?.provider).toBe('a');
});

test('If-Match with a stale generation is 412 and changes nothing; with the current one it switches', async () => {
  const { laneway } = await setUp();
  const ask412 = (tag: string): Promise<Response> =>
    fetch(`${laneway.url}/api/debug/models/evaluate`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'if-match': tag },
      body: JSON.stringify({ provider: 'b', model_id: 'm' }),
    });
  const stale = await ask412('"7"');
  expect(stale.status).toBe(412);
  expect(await stale.json()).toMatchObject({ error: { code: 'generation_mismatch' } });
  expect((await assignments(laneway)).generation).toBe(1);
  expect((await ask412('1')).status).toBe(200);
  expect((await ask412('"2"')).status).toBe(200);
});
