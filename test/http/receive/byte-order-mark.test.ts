import { afterAll, beforeAll, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

let upstream: FakeUpstream;
let gateway: TestGateway;
const received: Buffer[] = [];
beforeAll(async () => {
  upstream = await startFakeUpstream(
    chatScript((request) => {
      received.push(request.body);
      return json(200, completion('hello'));
    }),
  );
  gateway = await startGateway({
    config: { ...laneOver([upstream.url]), nodes: { evaluate: { model: 'a/m' } } },
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const headers = { 'content-type': 'application/json' };

function send(
  body: Uint8Array<ArrayBuffer> | ReadableStream,
  path = '/v1/chat/completions',
  method = 'POST',
): Promise<Response> {
  const duplex = body instanceof ReadableStream ? { duplex: 'half' } : {};
  return fetch(gateway.url + path, { method, headers, body, ...duplex } as RequestInit);
}

const chat = (model: string, content: string): Buffer =>
  Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content }] }));

test.each([
  ['small', 'Hello?'],
  ['above 1 MiB, which is read in the worker', 'Hello? '.repeat(200_000)],
])('a byte order mark before a body is dropped, and the edits of the body still fit: %s', async (_, text) => {
  received.length = 0;
  const marked = Buffer.concat([MARK, chat('evaluate', text)]);
  expect((await send(new Uint8Array(marked))).status).toBe(200);
  expect((await send(new Blob([new Uint8Array(marked)]).stream())).status).toBe(200);
  expect((await send(new Uint8Array(chat('evaluate', text)))).status).toBe(200);
  const [declared, chunked, plain] = received;
  expect(JSON.parse(plain!.toString())).toMatchObject({ model: 'm' });
  expect(declared!.equals(plain!)).toBe(true);
  expect(chunked!.equals(plain!)).toBe(true);
});

test('on Laneway’s own API too', async () => {
  const body = Buffer.concat([MARK, Buffer.from('{"provider":"a","model_id":"m","dry_run":true}')]);
  const answer = await send(new Uint8Array(body), '/api/debug/models/evaluate', 'PUT');
  expect(answer.status).toBe(200);
});

test('a body in UTF-16 is refused with the encoding to use', async () => {
  const body = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"model":"evaluate"}', 'utf16le')]);
  const answer = await send(new Uint8Array(body));
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  expect([answer.status, error.code]).toEqual([400, 'invalid_json']);
  expect(error.message).toMatch(/UTF-16.*UTF-8/);
});

test('a mark alone, or one that is not first, is not JSON', async () => {
  for (const body of [MARK, Buffer.concat([Buffer.from(' '), MARK, chat('evaluate', 'x')])]) {
    const answer = await send(new Uint8Array(body));
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('invalid_json')]);
  }
});
