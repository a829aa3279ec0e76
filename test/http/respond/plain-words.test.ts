import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { call } from '../operator.ts';

let upstream: FakeUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  gateway = await startGateway({
    config: { ...laneOver([upstream.url]), nodes: { evaluate: { model: 'a/m' } } },
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const RESET = '/api/debug/models/reset';
const NODE = '/api/debug/models/evaluate';
const SWITCH = '/api/models/switch';

describe('a wrong method names the right ones', () => {
  test.each([
    ['GET', RESET, 'POST', /GET; use POST$/],
    ['PUT', RESET, 'POST', /PUT; use POST$/],
    ['DELETE', RESET, 'POST', /use POST$/],
    ['PATCH', RESET, 'POST', /use POST$/],
    ['GET', `${RESET}/`, 'POST', /use POST$/],
    ['GET', '/v1/chat/completions', 'POST', /GET; use POST$/],
    ['POST', '/v1/models', 'GET, HEAD', /POST; use GET$/],
    ['PATCH', NODE, null, /use .*PUT or DELETE$|use .*DELETE.* or /],
    ['QUERY', '/v1/models', 'GET, HEAD', /QUERY; use GET$/],
  ])('%s %s', async (method, path, allow, words) => {
    const { status, headers, body } = await call(gateway, method, path);
    expect([status, body.error.code]).toEqual([405, 'method_not_allowed']);
    expect(body.error.message).toMatch(words);
    if (allow !== null) expect(headers.get('allow')).toBe(allow);
    expect(headers.get('allow')).not.toContain(method);
  });
});

describe('an invalid call of Laneway’s own API is answered in plain words', () => {
  test.each([
    ['PUT', NODE, {}, 'provider', /"provider" and "model_id", or "lane"/],
    ['PUT', NODE, { provider: 'a' }, 'model_id', /"model_id"/],
    [
      'PUT',
      NODE,
      { provder: 'a', model_id: 'm' },
      'provder',
      /unknown field "provder"; did you mean "provider"/,
    ],
    ['PUT', NODE, { provider: 'a', modelId: 'm' }, 'modelId', /did you mean "model/],
    ['PUT', NODE, { provider: 'a', model_id: 'm', zzz: 1 }, 'zzz', /known: .*expires_in_s/],
    [
      'PUT',
      NODE,
      { provider: 'a', model_id: 'm', expires_in_s: '5' },
      'expires_in_s',
      /number, not a string/,
    ],
    ['PUT', NODE, { provider: 'a', model_id: 'm', expires_in_s: 1.5 }, 'expires_in_s', /whole number/],
    ['PUT', NODE, { provider: 'a', model_id: 'm', force: 'yes' }, 'force', /true or false, not a string/],
    ['PUT', NODE, [], null, /an object, not a list/],
    ['PUT', NODE, { provider: 'a', model_id: 'm', model: 'n' }, 'model', /different models/],
    ['POST', SWITCH, { provider: 'a' }, 'model', /model: missing/],
    ['POST', SWITCH, { provider: 'a', modle: 'm' }, 'modle', /did you mean "model"/],
    ['POST', SWITCH, { provider: 'a', model: ['m'] }, 'model', /a string, not a list/],
    ['POST', RESET, { node: 'evaluate' }, 'node', /unknown field "node"/],
    ['POST', '/api/debug/resolve', { model: 'auto', neds: [] }, 'neds', /did you mean "needs"/],
    ['POST', '/api/debug/resolve', { needs: ['tool'] }, 'needs.0', /did you mean "tools"/],
    ['GET', '/api/debug/requests?limt=3', undefined, 'limt', /did you mean "limit"/],
    ['GET', '/api/debug/requests?state=runing', undefined, 'state', /did you mean "running"/],
  ])('%s %s %j', async (method, path, input, param, words) => {
    const { status, body } = await call(gateway, method, path, input);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', param]);
    expect(body.error.message).toMatch(words);
    expect(body.error.message).not.toMatch(/Invalid|Unrecognized|expected|received|zod/i);
  });
});

test('a model is named "model" or "model_id", for nodes and for the model bar', async () => {
  for (const field of ['model', 'model_id']) {
    const body = { provider: 'a', [field]: 'm', dry_run: true };
    expect((await call(gateway, 'PUT', NODE, body)).body).toMatchObject({ model_id: 'm', fit: true });
    expect((await call(gateway, 'POST', SWITCH, body)).body).toMatchObject({ model: 'm', fit: true });
  }
  const both = { provider: 'a', model: 'm', model_id: 'm', dry_run: true };
  expect((await call(gateway, 'PUT', NODE, both)).status).toBe(200);
});

test('an unknown name in a header is reported with that header', async () => {
  for (const [name, code] of [
    ['x-laneway-node', 'node_not_found'],
    ['x-laneway-lane', 'lane_not_found'],
  ] as const) {
    const answer = await gateway.chat({ model: 'main' }, { [name]: 'nope' });
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code, param: name } }]);
  }
  const prefixed = await gateway.chat({ model: 'node:nope' });
  expect(await prefixed.json()).toMatchObject({ error: { code: 'node_not_found', param: 'model' } });
});

test.each(['abc', '-1', '1.5', '1, 1', 'Infinity'])(
  'x-laneway-hop: %s is a 400 that names it',
  async (hop) => {
    const answer = await gateway.chat({ model: 'main' }, { 'x-laneway-hop': hop });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: 'x-laneway-hop' } }]);
  },
);
