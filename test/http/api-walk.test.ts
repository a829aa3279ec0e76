import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ERRORS } from '../../src/protocol/errors.ts';
import { read, rowsOf } from '../docs/pages.ts';
import { ENDPOINTS, UNIMPLEMENTED, LATER_METHODS, type Endpoint } from './api-table/endpoints.ts';
import { CALLER_ERRORS, GATEWAY_ERRORS, LATER_CODES, NOT_SENT_YET } from './api-table/errors.ts';
import { ask, Gateways, type Answer } from './api-table/gateways.ts';
import { REPLIES, UPSTREAM_ERRORS } from './api-table/upstream-errors.ts';
import { ApiSchemas, misfits } from './openapi-schemas.ts';

let gateways: Gateways;
let api: ApiSchemas;
/** Id of a chat whose trace is recorded. */
let requestId = '';
beforeAll(async () => {
  gateways = await Gateways.start(REPLIES);
  const laneway = await gateways.of('open');
  await laneway.app.discovery.start();
  api = new ApiSchemas(await laneway.get('/docs/json'));
  const chat = await laneway.chat({ model: 'evaluate' });
  await chat.text();
  requestId = (await laneway.trace(chat)).id;
});
afterAll(() => gateways.stop());

const ERROR_ROWS = [...CALLER_ERRORS, ...GATEWAY_ERRORS, ...UPSTREAM_ERRORS];

/** Checks what every reply has. */
function expectCommon({ headers }: Answer, path: string): void {
  expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{17}$/);
  const isDataPlane = /^\/(?:v\d\/|rerank$|api\/(?:chat|generate|embed|embeddings)$)/.test(path);
  if (!isDataPlane) expect(headers.get('cache-control')).toBe('no-store');
}

describe('every call', () => {
  test.each(ENDPOINTS.map((row, at) => ({ at, ...row })))('$at $call replies as described', async (row) => {
    const [method = '', written = ''] = row.call.split(' ');
    const path = (row.path ?? written).replace(':request', requestId);
    const laneway = await gateways.of(row.gateway ?? 'open');
    if (row.reply === 'events') {
      await expectEvents(`${laneway.url}${path}`);
      return;
    }
    const { body, headers } = row;
    const answer = await ask(laneway, { method, path, body, ...(headers === undefined ? {} : { headers }) });
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([row.status ?? 200, expect.anything()]);
    expectCommon(answer, path);
    const { generation } = laneway.app.registry.snapshot;
    const isRead = method === 'GET' && path.startsWith('/api/');
    expect(answer.headers.get('etag')).toBe(isRead ? `"${generation}"` : null);
    expectReply(row, answer);
  });

  test('is in the table and in the OpenAPI document', () => {
    const listed = ENDPOINTS.map(({ call }) => call).filter((call) => call !== 'GET /api/events');
    expect(api.calls.toSorted()).toEqual([...new Set([...listed, 'GET /api/events'])].toSorted());
  });

  test.each([...UNIMPLEMENTED, ...LATER_METHODS])('%s does not exist yet', async (call) => {
    const [method = '', path = ''] = call.split(' ');
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    const answer = await ask(await gateways.of('open'), { method, path: path.replaceAll(/[{}]/g, ''), body });
    const { error } = JSON.parse(answer.text) as { error: { code: string } };
    const isKnownPath = LATER_METHODS.includes(call);
    const expected = isKnownPath ? [405, 'method_not_allowed'] : [404, 'route_not_found'];
    expect([answer.status, error.code]).toEqual(expected);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(answer.headers.get('allow')).toBe(isKnownPath ? 'GET, HEAD' : null);
  });
});

const TYPES = {
  json: /^application\/json(; charset=utf-8)?$/,
  chat: /^application\/json$/,
  completion: /^application\/json$/,
  vectors: /^application\/json$/,
  tokens: /^application\/json$/,
  scores: /^application\/json$/,
  direct: /^text\/plain$/,
  generated: /^application\/json$/,
  embedded: /^application\/json$/,
  html: /^text\/html; charset=utf-8$/,
  text: /^text\/plain; version=0\.0\.4; charset=utf-8$/,
  csv: /^text\/csv; charset=utf-8$/,
  yaml: /yaml/,
  events: /^text\/event-stream; charset=utf-8$/,
};

/** What tells the replies of chats apart. */
const CHAT_KINDS: Readonly<Record<string, object>> = {
  'POST /v1/chat/completions': { object: 'chat.completion' },
  'POST /v1/messages': { type: 'message' },
  'POST /api/chat': { message: { role: 'assistant' }, done: true },
  'POST /v1/responses': { object: 'response', status: 'completed' },
};

function expectReply(row: Endpoint, { headers, text, status }: Answer): void {
  const { call, keys = [], query = [], reply = 'json' } = row;
  if (reply === 'nothing') {
    expect([text, headers.get('content-type')]).toEqual(['', null]);
    return;
  }
  expect(headers.get('content-type')).toMatch(TYPES[reply]);
  for (const name of query) expect(api.query(call)).toContain(name);
  if (reply === 'chat') {
    expect(headers.get('x-laneway-target')).toBe('up/m');
    expect(headers.get('x-laneway-node')).toBe('evaluate');
    expect(headers.get('x-laneway-attempts')).toBe('1');
    expect(headers.get('x-laneway-generation')).toMatch(/^\d+$/);
    expect(JSON.parse(text)).toMatchObject({ ...CHAT_KINDS[call], model: 'm' });
  }
  if (reply === 'completion') {
    expect(headers.get('x-laneway-target')).toBe('up/m');
    expect(JSON.parse(text)).toMatchObject({
      object: 'text_completion',
      choices: [{ text: ' upon a time' }],
    });
  }
  if (reply === 'generated') expect(JSON.parse(text)).toMatchObject({ done: true, model: 'm' });
  if (reply === 'embedded') expect(text).toContain('[1]');
  if (reply === 'vectors') {
    expect(headers.get('x-laneway-target')).toBe('up/vectors');
    expect(JSON.parse(text)).toMatchObject({
      object: 'list',
      data: [{ embedding: [1] }, { embedding: [2] }],
    });
  }
  if (reply === 'scores') {
    expect(headers.get('x-laneway-target')).toBe('up/scores');
    expect(JSON.parse(text)).toMatchObject({ results: [{ index: 1 }, { index: 0 }] });
  }
  if (reply === 'direct') {
    expect(headers.get('x-laneway-target')).toBe('up/any');
    expect(`POST ${text}`).toBe(call);
  }
  if (reply === 'tokens') expect(JSON.parse(text)).toEqual({ input_tokens: expect.any(Number) as number });
  if (reply !== 'json' || call === 'GET /docs/json') return;
  const value = JSON.parse(text) as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(expect.arrayContaining([...keys]));
  const schema = api.reply(call, status);
  expect(schema, `${call} describes no ${status}`).not.toBeNull();
  expect(misfits(schema!, value)).toEqual([]);
}

async function expectEvents(url: string): Promise<void> {
  const ended = new AbortController();
  const answer = await fetch(url, { headers: { 'last-event-id': 'none-0' }, signal: ended.signal });
  expect(answer.status).toBe(200);
  expectCommon({ status: 200, headers: answer.headers, text: '' }, '/api/events');
  expect(answer.headers.get('content-type')).toMatch(TYPES.events);
  expect(answer.headers.get('etag')).toBeNull();
  const { value } = await answer.body!.getReader().read();
  // The walk has made switches before: an id of another run returns all kept events.
  expect(Buffer.from(value as Uint8Array).toString()).toMatch(/^id: \w+-\d+\nevent: \w+\ndata: \{.*\}\n\n/);
  ended.abort();
}

describe('every error code', () => {
  test.each(ERROR_ROWS)('$code is $status $type', async (row) => {
    const answer = await row.provoke(gateways);
    expect([answer.status, answer.text]).toEqual([row.status, expect.stringContaining('"error"')]);
    expect(answer.headers.get('content-type')).toMatch(TYPES.json);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{17}$/);
    const { error } = JSON.parse(answer.text) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code: row.code, type: row.type, param: row.param ?? null });
    expect(error['message']).toMatch(/^\S.{5}/);
    expect(misfits(api.error(), { error })).toEqual([]);
    expect(answer.text).not.toMatch(/sk-fake|lw-fake/);
    expectRetryHeaders(row, answer.headers);
    for (const [name, value] of Object.entries(row.headers ?? {}))
      expect(answer.headers.get(name), name).toMatch(value);
    if (row.code === 'unfit_target')
      expect(error['detail']).toEqual({ reasons: [{ code: 'needs_key', reason: expect.any(String) }] });
  });

  test('in the catalogue is in the table, or listed as not sent yet', () => {
    const known = [...ERROR_ROWS.map(({ code }) => code as string), ...NOT_SENT_YET];
    expect(Object.keys(ERRORS).toSorted()).toEqual([...new Set(known)].toSorted());
    for (const { code, status, type } of ERROR_ROWS) {
      if (code !== 'upstream_bad_request') expect([code, ERRORS[code]]).toEqual([code, { status, type }]);
    }
  });

  test.each(LATER_CODES)('%s is not defined yet', (code) => {
    expect(ERRORS).not.toHaveProperty(code);
  });

  test('docs/errors.md marks the same codes as not sent yet', () => {
    const unsent = rowsOf(read('docs/errors.md')).filter(([, , when = '']) =>
      when.startsWith('Not sent yet'),
    );
    expect(unsent.map(([code]) => code).toSorted()).toEqual(NOT_SENT_YET.toSorted());
  });
});

const NOT_RETRYABLE = ['insufficient_quota', 'no_target', 'loop_detected'];

/** Checks the headers that tell a client's SDK whether to retry. */
function expectRetryHeaders({ code, status }: { code: string; status: number }, headers: Headers): void {
  const isFinal = NOT_RETRYABLE.includes(code) || status === 502 || status === 504;
  expect(headers.get('x-should-retry')).toBe(isFinal ? 'false' : null);
  const isRetryable = !isFinal && (status === 429 || status === 503);
  if (isRetryable) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  else expect(headers.get('retry-after')).toBeNull();
  if (code === 'upstream_rate_limited') expect(headers.get('retry-after')).toBe('7');
}
