import { afterEach, describe, expect, test } from 'vitest';

import { hang, json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { chunks, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { assignment, call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

const NEW = { provider: 'b', model_id: 'm' };

async function upstream(reply: Reply): Promise<FakeUpstream> {
  const started = await startFakeUpstream(chatScript(() => reply));
  ended({ stop: () => started.close() });
  return started;
}

/** Model `a/m` is assigned; `candidate` is the server of `b/m`. */
async function setUp(candidate: FakeUpstream, more: Record<string, unknown> = {}): Promise<TestGateway> {
  const config = laneOver([(await server('from a')).url, candidate.url], { preferred: ['a/m'] });
  const nodes = {
    evaluate: { model: 'a/m', params: { temperature: 0.25 } },
    vectors: { model: 'a/m', kind: 'embeddings' },
  };
  return ended(await startGateway({ config: { ...config, nodes, ...more } }));
}

interface Tested {
  readonly preflight?: Record<string, unknown>;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly generation: number;
  readonly provider: string;
}

/** `detail.preflight` of an error. */
function detailOf(body: { readonly error: { readonly detail: object } }): Record<string, unknown> {
  return (body.error.detail as { preflight: Record<string, unknown> }).preflight;
}

const ANSWER = sse([...chunks('Hello', '!'), '[DONE]']);
const BROKEN = json(503, { error: { message: 'no slot available', type: 'server_error' } });

describe('a switch with preflight', () => {
  test('asks the new model once, briefly and as a stream, with the parameters of the node, and reports what came', async () => {
    const candidate = await upstream(ANSWER);
    const gateway = await setUp(candidate);
    const asked = candidate.requests.length;
    const path = '/api/debug/models/evaluate';
    const { status, body } = await call<Tested>(gateway, 'PUT', path, { ...NEW, preflight: true });
    expect(status).toBe(200);
    expect(body.preflight).toEqual({
      ok: true,
      status: 200,
      duration_ms: expect.any(Number) as number,
      first_token_ms: expect.any(Number) as number,
      load_ms: null,
      message: null,
    });
    const sent = candidate.requests.slice(asked).filter(({ method }) => method === 'POST');
    expect(sent.map((request) => request.json())).toEqual([
      expect.objectContaining({ model: 'm', stream: true, max_tokens: 16, temperature: 0.25 }),
    ]);
    expect(await assignment(gateway, 'evaluate')).toMatchObject({ provider: 'b', generation: 2 });
  });

  test('is no user’s request: neither the ledger nor the metrics nor the health of the model know of it', async () => {
    const gateway = await setUp(await upstream(BROKEN));
    for (let times = 0; times < 6; times += 1) {
      const { status } = await call(gateway, 'PUT', '/api/debug/models/evaluate', {
        ...NEW,
        preflight: true,
      });
      expect(status).toBe(409);
    }
    expect(await gateway.get('/api/debug/requests')).toMatchObject({ requests: [] });
    expect(gateway.app.health.target('b/m', performance.now())).toBeNull();
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).not.toMatch(/^laneway_requests_total\{.*\} [1-9]/m);
  });

  test('changes nothing when the new model fails, and says why in the words of its server', async () => {
    const gateway = await setUp(await upstream(BROKEN));
    const path = '/api/debug/models/evaluate';
    const { status, body } = await call(gateway, 'PUT', path, { ...NEW, preflight: true });
    expect([status, body.error.code]).toEqual([409, 'preflight_failed']);
    expect(body.error.message).toContain('no slot available');
    expect(detailOf(body)).toMatchObject({ ok: false, status: 503, first_token_ms: null });
    expect(await assignment(gateway, 'evaluate')).toMatchObject({ provider: 'a', generation: 1 });
    expect(await gateway.get('/api/audit')).toMatchObject({ entries: [] });
  });

  test('of a server that refuses connections fails without a status', async () => {
    const candidate = await upstream(ANSWER);
    const gateway = await setUp(candidate);
    candidate.stopListening();
    await gateway.app.providers.destroy();
    const path = '/api/debug/models/lane:main';
    const { body } = await call(gateway, 'PUT', path, { ...NEW, preflight: true });
    expect(detailOf(body)).toMatchObject({ ok: false, status: null });
  });

  test('that failed is made nevertheless with force, with a warning', async () => {
    const gateway = await setUp(await upstream(BROKEN));
    const sent = { ...NEW, preflight: true, force: true };
    const { status, body } = await call<Tested>(gateway, 'PUT', '/api/debug/models/evaluate', sent);
    expect([status, body.provider, body.preflight?.['ok']]).toEqual([200, 'b', false]);
    expect(body.warnings.map(({ code }) => code)).toEqual(['preflight_failed']);
  });

  test.each(['/api/debug/models/evaluate', '/api/debug/models/lane:main'])(
    'is tried and shown in a dry run of %s, which changes nothing',
    async (path) => {
      const gateway = await setUp(await upstream(BROKEN));
      const sent = { ...NEW, preflight: true, dry_run: true };
      const { status, body } = await call<Tested>(gateway, 'PUT', path, sent);
      expect([status, body.preflight?.['ok'], body.generation]).toEqual([200, false, 1]);
      expect(body.warnings[0]?.code).toBe('preflight_failed');
    },
  );

  test('is not sent to a model without a key', async () => {
    const candidate = await upstream(ANSWER);
    const base = laneOver([(await server('from a')).url, candidate.url]);
    const providers = { ...base.providers, dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' } };
    const gateway = ended(await startGateway({ config: { ...base, providers }, discover: false }));
    const sent = { provider: 'dark', model_id: 'gpt-x', preflight: true, dry_run: true };
    const { body } = await call<Tested>(gateway, 'PUT', '/api/debug/models/lane:main', sent);
    expect(body.preflight).toMatchObject({ ok: false, status: null, duration_ms: 0 });
    expect(body.preflight?.['message']).toContain('NO_SUCH_KEY');
  });

  test('of an embeddings node asks for a vector', async () => {
    const vectors = json(200, {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }],
      model: 'm',
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
    const candidate = await upstream(vectors);
    const gateway = await setUp(candidate, { models: { 'b/m': { kind: 'embeddings' } } });
    const { body } = await call<Tested>(gateway, 'PUT', '/api/debug/models/vectors', {
      ...NEW,
      preflight: true,
    });
    expect(body.preflight).toMatchObject({ ok: true, first_token_ms: null });
    expect(candidate.requests.at(-1)?.path).toBe('/v1/embeddings');
  });

  test('of a lane asks the target that the lane gives now', async () => {
    const candidate = await upstream(ANSWER);
    const base = laneOver([(await server('from a')).url, candidate.url]);
    const gateway = await setUp(candidate, {
      lanes: { ...(base.lanes as object), other: { preferred: ['b/m'] } },
    });
    const sent = { lane: 'other', preflight: true };
    const { body } = await call<Tested>(gateway, 'PUT', '/api/debug/models/evaluate', sent);
    expect(body.preflight).toMatchObject({ ok: true });
    expect(candidate.requests.at(-1)?.method).toBe('POST');
  });

  test('ends, and nothing is switched, when the caller does not wait for it', async () => {
    const candidate = await upstream([hang()]);
    const gateway = await setUp(candidate);
    const left = new AbortController();
    const asked = candidate.requests.length;
    const running = fetch(`${gateway.url}/api/debug/models/evaluate`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...NEW, preflight: true, force: true }),
      signal: left.signal,
    });
    const request = await candidate.request(asked);
    left.abort();
    await expect(running).rejects.toThrow();
    await request.closed;
    expect((await assignment(gateway, 'evaluate')).provider).toBe('a');
  });
});

describe('the model bar with preflight', () => {
  const bar = (gateway: TestGateway, more: object, headers = {}): ReturnType<typeof call<Tested>> =>
    call<Tested>(
      gateway,
      'POST',
      '/api/models/switch',
      { provider: 'b', model: 'm', preflight: true, ...more },
      headers,
    );

  test('shows its result, at once or with Prefer: respond-async', async () => {
    const gateway = await setUp(await upstream(ANSWER));
    expect((await bar(gateway, {})).body.preflight).toMatchObject({ ok: true });
    const later = await bar(gateway, { reason: 'again' }, { prefer: 'respond-async' });
    expect([later.status, later.body.preflight?.['ok']]).toEqual([202, true]);
  });

  test('refuses a model that fails', async () => {
    const gateway = await setUp(await upstream(BROKEN));
    const { status, body } = await bar(gateway, {});
    expect([status, body.error.code]).toEqual([409, 'preflight_failed']);
    expect(await gateway.get('/api/models')).toMatchObject({ active: { provider: 'a', model: 'm' } });
  });
});
