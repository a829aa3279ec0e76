import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { refusedUrl } from '../support/fake-network.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { ApiSchemas, misfits } from './openapi-schemas.ts';
import { call } from './operator.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';
const KEY = { 'x-api-key': TOKEN };

let upstream: FakeUpstream;
let laneway: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  const base = laneOver([upstream.url]);
  laneway = await startGateway({ config: { ...base, nodes: { evaluate: { lane: 'main' } } } });
});
afterAll(async () => {
  await laneway.stop();
  await upstream.close();
});

describe('a read of the control plane', () => {
  test.each(['"1"', '1', 'W/"1"', '*'])('ignores If-None-Match: %s', async (tag) => {
    const answer = await fetch(`${laneway.url}/api/debug/models`, { headers: { 'if-none-match': tag } });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"1"']);
    expect(await answer.json()).toHaveProperty('assignments');
  });

  test.each([
    '/api/debug/models',
    '/api/models',
    '/api/debug/models/evaluate/history',
    '/v1/models',
    '/health',
  ])('%s returns the same with a trailing slash', async (path) => {
    expect(await laneway.get(`${path}/`)).toEqual(await laneway.get(path));
  });

  test.each(['/api/debug/models', '/api/usage', '/v1/models', '/ready', '/health', '/metrics'])(
    'HEAD %s has the headers of GET and no body',
    async (path) => {
      const answers = [await fetch(laneway.url + path, { method: 'HEAD' }), await fetch(laneway.url + path)];
      const [head, get] = answers.map(({ status, headers }) => [
        status,
        headers.get('content-type'),
        headers.get('cache-control'),
        headers.get('etag'),
      ]);
      expect(head).toEqual(get);
      expect(await answers[0]!.text()).toBe('');
      await answers[1]!.text();
    },
  );

  test('of events has no HEAD, which would never end', async () => {
    const answer = await fetch(`${laneway.url}/api/events`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('finds a lane by its encoded name', async () => {
    const { status } = await call(laneway, 'GET', '/api/debug/models/lane%3Amain/history');
    expect(status).toBe(200);
  });

  test('is never cached, not even for a malformed path', async () => {
    for (const path of ['/api/%zz', '/api/nothing', '/health', '/ready', '/nothing']) {
      expect([path, (await fetch(laneway.url + path)).headers.get('cache-control')]).toEqual([
        path,
        'no-store',
      ]);
    }
  });
});

describe('an invalid parameter is named', () => {
  const PAGES = ['/api/debug/requests', '/api/audit', '/api/debug/models/evaluate/history'];
  test.each(PAGES)('%s returns 1 to 500 entries', async (path) => {
    for (const limit of ['1', '500', '']) {
      expect([limit, (await call(laneway, 'GET', `${path}?limit=${limit}`)).status]).toEqual([limit, 200]);
    }
    for (const limit of ['0', '501', '-1', '1.5', 'many']) {
      const { status, body } = await call(laneway, 'GET', `${path}?limit=${limit}`);
      expect([limit, status, body.error.code, body.error.param]).toEqual([
        limit,
        400,
        'invalid_body',
        'limit',
      ]);
    }
  });

  test.each([...PAGES, '/api/usage', '/api/debug/config', '/api/capabilities'])(
    '%s rejects an unknown parameter, so that a misspelt one is not ignored',
    async (path) => {
      const { status, body } = await call(laneway, 'GET', `${path}?limitt=1`);
      expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', 'limitt']);
    },
  );

  test.each([
    ['PUT', '/api/debug/models/evaluate', { lane: 'main', resaon: 'x' }, 'resaon'],
    ['PUT', '/api/debug/models/evaluate', { lane: 'main', preflight: 1 }, 'preflight'],
    [
      'PUT',
      '/api/debug/models/evaluate',
      { lane: 'main', rollback: { within_s: 60 } },
      'rollback.after_errors',
    ],
    ['PUT', '/api/debug/models/evaluate', { lane: 'main', reason: 'x'.repeat(501) }, 'reason'],
    ['PUT', '/api/debug/models/evaluate', { lane: 'main', expires_in_s: 31 * 86_400 + 1 }, 'expires_in_s'],
    ['POST', '/api/models/switch', { provider: 'a' }, 'model'],
    ['POST', '/api/debug/resolve', { needs: ['flying'] }, 'needs.0'],
    ['POST', '/api/debug/models/reset', { node: 'evaluate' }, 'node'],
  ])('%s %s %j', async (method, path, sent, param) => {
    const { status, body } = await call(laneway, method, path, sent);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', param]);
  });
});

test('a model that its server no longer lists is not found, with the field that names it', async () => {
  const gone = await startFakeUpstream(
    chatScript(() => json(404, { error: { message: 'model not found', code: 'model_not_found' } })),
  );
  const gateway = await startGateway({ config: laneOver([gone.url]) });
  try {
    const answer = await gateway.chat({ model: 'a/m' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  } finally {
    await gateway.stop();
    await gone.close();
  }
});

test('the holder of the token is "admin" in the audit', async () => {
  const config = { ...laneOver([upstream.url]), nodes: { evaluate: { lane: 'main' } } };
  const access = { listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'closed' } as const;
  const gateway = await startGateway({ config, access });
  try {
    const path = '/api/debug/models/evaluate';
    const switched = await call(gateway, 'PUT', path, { provider: 'a', model_id: 'm' }, KEY);
    expect(switched.body).toMatchObject({ actor: 'admin' });
    await call(gateway, 'POST', `${path}/undo`, undefined, KEY);
    const { body } = await call<{ entries: object[] }>(gateway, 'GET', '/api/audit?limit=2', undefined, KEY);
    expect(body.entries).toMatchObject([
      { actor: 'admin', action: 'undo', subject: 'evaluate', from: 'a/m', to: 'lane:main' },
      { actor: 'admin', action: 'switch', subject: 'evaluate', from: 'lane:main', to: 'a/m' },
    ]);
  } finally {
    await gateway.stop();
  }
});

test('a gateway that cannot serve reports why at /ready, and when to retry', async () => {
  const gateway = await startGateway({ config: laneOver([await refusedUrl()]) });
  try {
    const answer = await fetch(`${gateway.url}/ready`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    const body = (await answer.json()) as { reasons: string[] };
    const api = new ApiSchemas(await gateway.get('/docs/json'));
    expect(misfits(api.reply('GET /ready', 503)!, body)).toEqual([]);
    expect(body.reasons).not.toHaveLength(0);
  } finally {
    await gateway.stop();
  }
});
