import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { sendRaw } from '../../support/raw-client.ts';

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

const TYPES = [
  null,
  'application/json',
  'application/json; charset=latin1',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'nonsense',
];
const EMPTY = [
  ['without a length', '', ''],
  ['with length 0', 'content-length: 0\r\n', ''],
  ['in no chunks', 'transfer-encoding: chunked\r\n', '0\r\n\r\n'],
] as const;

describe.each(EMPTY)('a call of Laneway’s own API with no body, %s, works', (how, lines, body) => {
  const types = how === 'in no chunks' ? TYPES.filter((type) => type !== 'nonsense') : TYPES;

  test.each(types)('with the content type %s', async (type) => {
    const header = type === null ? '' : `content-type: ${type}\r\n`;
    for (const call of [
      'DELETE /api/debug/models/evaluate',
      'POST /api/debug/models/reset',
      'POST /api/debug/config/reload',
    ]) {
      const bytes = `${call} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${header}${lines}\r\n${body}`;
      const answer = await sendRaw(gateway.url, bytes, 2_000);
      expect([call, answer.status, answer.body.slice(0, 100)]).toEqual([call, 200, expect.anything()]);
    }
  });
});

test('with an empty body a call that needs one names the missing fields', async () => {
  const answer = await fetch(`${gateway.url}/api/debug/models/evaluate`, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain' },
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toMatch(/provider.*model_id.*lane/);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', null])(
  'a body of another type (%s) is 415, which shows the header to send and the one received',
  async (type) => {
    for (const [method, path] of [
      ['PUT', '/api/debug/models/evaluate'],
      ['POST', '/v1/chat/completions'],
    ] as const) {
      const headers: Record<string, string> = type === null ? {} : { 'content-type': type };
      const body = new TextEncoder().encode('{"lane":"main"}');
      const answer = await fetch(gateway.url + path, { method, headers, body });
      expect(answer.status).toBe(415);
      const { error } = (await answer.json()) as { error: { message: string } };
      expect(error.message).toContain('content-type: application/json');
      expect(error.message).toContain(type ?? 'no content-type');
    }
  },
);
