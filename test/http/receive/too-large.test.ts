import OpenAI from 'openai';
import { fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { sendRaw, sendThenRead } from '../../support/raw-client.ts';

const MIB = 1024 * 1024;

let upstream: FakeUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  gateway = await startGateway({ config: laneOver([upstream.url]), maxBodyBytes: 2 * MIB });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const JSON_LINE = 'content-type: application/json\r\n';

function head(line: string, mib: number | null, headers = JSON_LINE): string {
  const length = mib === null ? 'transfer-encoding: chunked' : `content-length: ${mib * MIB}`;
  return `${line} HTTP/1.1\r\nhost: localhost\r\n${headers}${length}\r\n\r\n`;
}

/** Larger than what the buffers of both kernels hold, so that the gateway has to read on. */
const SENT_MIB = 24;

describe('a client that reads only after it has sent everything still gets the error', () => {
  test.each([
    ['413', 'POST /v1/chat/completions', JSON_LINE, '"code":"request_too_large"'],
    ['413', 'POST /v1/messages', JSON_LINE, '"type":"request_too_large"'],
    ['413', 'PUT /api/debug/models/evaluate', JSON_LINE, '"code":"request_too_large"'],
    ['415', 'POST /v1/chat/completions', 'content-type: text/plain\r\n', '"code":"unsupported_media_type"'],
    ['400', 'POST /v1/chat/completions', `host: other\r\n${JSON_LINE}`, '"code":"invalid_body"'],
  ])('%s of %s', async (status, line, headers, code) => {
    for (const mib of [SENT_MIB, null]) {
      const answer = await sendThenRead(gateway.url, head(line, mib, headers), SENT_MIB, mib === null);
      expect([answer.status, answer.closed]).toEqual([Number(status), true]);
      expect(answer.body).toContain(code);
      expect(answer.headers['connection']).toBe('close');
      expect(answer.headers['x-request-id']).toMatch(/^req_/);
    }
  });

  test.each([
    ['an unknown path', 'POST /v1/nothing', 404],
    ['a wrong method', 'POST /v1/models', 405],
  ])('of %s', async (_, line, status) => {
    const answer = await sendThenRead(gateway.url, head(line, SENT_MIB), SENT_MIB, false);
    expect([answer.status, answer.closed]).toEqual([status, true]);
  });

  test('of a request that the parser has rejected', async () => {
    const both = `${JSON_LINE}content-length: ${SENT_MIB * MIB}\r\n`;
    const line = 'POST /v1/chat/completions';
    const answer = await sendThenRead(gateway.url, head(line, null, both), SENT_MIB, true);
    expect([answer.status, answer.closed]).toEqual([400, true]);
  });
});

test('the answer is there before the body is', async () => {
  const answer = await sendRaw(gateway.url, head('POST /v1/chat/completions', 24));
  expect([answer.status, answer.closed]).toEqual([413, false]);
  expect(answer.body).toMatch(/the limit is 2 MiB.*LANEWAY_MAX_BODY_MIB/);
});

test('a client that stops sending is not waited for', { timeout: 15_000 }, async () => {
  const answer = await sendRaw(gateway.url, head('POST /v1/chat/completions', 24), 8_000);
  expect([answer.status, answer.closed]).toEqual([413, true]);
});

test('a client that waits for 100 Continue is not asked for a body that is refused', async () => {
  const headers = `${JSON_LINE}expect: 100-continue\r\n`;
  const answer = await sendRaw(gateway.url, head('POST /v1/chat/completions', 24, headers));
  expect([answer.status, answer.headers['connection']]).toEqual([413, 'close']);
});

describe('client programs get the 413', () => {
  const text = 'x'.repeat(SENT_MIB * MIB);

  test.each([
    ['fetch', fetch],
    ['undici', undiciFetch as unknown as typeof fetch],
  ])('%s, with a declared length and without one', async (_, send) => {
    const url = `${gateway.url}/v1/chat/completions`;
    const headers = { 'content-type': 'application/json' };
    const declared = await send(url, { method: 'POST', headers, body: text });
    expect([declared.status, await declared.text()]).toEqual([413, expect.stringContaining('2 MiB')]);
    const stream = new Blob([text]).stream();
    const options = { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit;
    const chunked = await send(url, options);
    expect([chunked.status, await chunked.text()]).toEqual([413, expect.stringContaining('2 MiB')]);
  });

  test('the OpenAI SDK', async () => {
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: text }];
    await expect(client.chat.completions.create({ model: 'main', messages })).rejects.toMatchObject({
      status: 413,
      code: 'request_too_large',
    });
  });
});

test('a body within the limit keeps the connection', async () => {
  const body = '{"model":"main","messages":[{"role":"user","content":"Hello?"}]}';
  const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n${JSON_LINE}content-length: ${body.length}\r\n\r\n${body}`;
  const answer = await sendRaw(gateway.url, request);
  expect([answer.status, answer.closed]).toEqual([200, false]);
});
