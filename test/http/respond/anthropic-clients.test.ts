import { afterAll, beforeAll, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { sendRaw } from '../../support/raw-client.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';

let upstream: FakeUpstream;
let open: TestGateway;
let closed: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  const config = laneOver([upstream.url]);
  open = await startGateway({ config, maxBodyBytes: 10_000 });
  closed = await startGateway({ config, access: { adminToken: TOKEN, dataPlane: 'closed' } });
});
afterAll(async () => {
  await open.stop();
  await closed.stop();
  await upstream.close();
});

const CLIENT = { 'anthropic-version': '2023-06-01' };
const JSON_TYPE = { 'content-type': 'application/json' };
const long = 'x'.repeat(20_000);

test.each([
  ['401', 'GET', '/v1/models', {}, undefined],
  ['401', 'POST', '/v1/chat/completions', JSON_TYPE, '{}'],
  ['403', 'GET', '/v1/models', { origin: 'https://evil.example' }, undefined],
  ['404', 'GET', '/v1/models/nope', {}, undefined],
  ['404', 'POST', '/v1/complete', JSON_TYPE, '{}'],
  ['404', 'GET', '/v1/%zz', {}, undefined],
  ['405', 'POST', '/v1/models', JSON_TYPE, '{}'],
  ['405', 'GET', '/v1/messages', {}, undefined],
  ['413', 'POST', '/v1/messages', JSON_TYPE, long],
  ['413', 'POST', '/v1/chat/completions', JSON_TYPE, long],
  ['415', 'POST', '/v1/chat/completions', { 'content-type': 'text/plain' }, 'x'],
  ['400', 'POST', '/v1/embeddings', JSON_TYPE, '{'],
  [
    '404',
    'POST',
    '/v1/chat/completions',
    JSON_TYPE,
    '{"model":"nope","messages":[{"role":"user","content":"x"}]}',
  ],
  ['400', 'GET', '/api/debug/requests?limit=0', {}, undefined],
])(
  'an Anthropic client gets a %s of %s %s in its own format',
  async (status, method, path, headers, body) => {
    const gateway = status === '401' ? closed : open;
    const answer = await fetch(gateway.url + path, {
      method,
      headers: { ...CLIENT, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBe(Number(status));
    const id = answer.headers.get('request-id');
    expect(id).toBe(answer.headers.get('x-request-id'));
    expect(await answer.json()).toMatchObject({
      type: 'error',
      error: { type: expect.stringMatching(/_error$|^request_too_large$/), message: expect.any(String) },
      request_id: id,
    });
  },
);

test('also for a request that the parser rejects', async () => {
  const bytes =
    'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nAnthropic-Version: 2023-06-01\r\nx-a : b\r\n\r\n';
  const answer = await sendRaw(open.url, bytes);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ type: 'error', request_id: answer.headers['request-id'] });
});

test('other clients keep the format of the path', async () => {
  const answer = await fetch(`${open.url}/v1/models/nope`);
  expect(await answer.json()).toMatchObject({ error: { code: 'model_not_found' } });
  expect(answer.headers.get('request-id')).toBeNull();
});
