import { expect, test } from 'vitest';
import { formType, passedType } from '../../../src/wire/openai-direct/content-type.ts';
import { openAiDirectWires } from '../../../src/wire/openai-direct/wires.ts';
import type { ScannedRequest } from '../../../src/wire/exchange.ts';
import { json, openAt } from '../../support/wire.ts';

const ENDPOINT = {
  format: 'openai-audio-transcriptions',
  path: '/audio/transcriptions',
  dialect: {},
} as const;
const WIRE = openAiDirectWires['openai-audio-transcriptions'];
const TYPE = 'multipart/form-data; boundary="b b"';

const form = (...parts: [string, string][]): Buffer =>
  Buffer.from(
    `${parts.map(([name, value]) => `--b b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('')}--b b--\r\n`,
  );
const send = (request: ScannedRequest, modelId: string): ReturnType<typeof openAt> =>
  openAt(request, [ENDPOINT], { modelId, params: { temperature: 1 } });

test('of a form only the text of the model changes, and the boundary is forwarded (wire case 264)', () => {
  const request = WIRE.scan(form(['file', '\r\n'], ['model', 'openai/whisper-1'], ['stream', 'true']), TYPE);
  expect(request.facts).toMatchObject({ model: 'openai/whisper-1', stream: true, kind: 'direct' });
  const exchange = send(request, 'whisper-1');
  expect(exchange.contentType).toBe(TYPE);
  expect(String(exchange.body)).toBe(
    String(form(['file', '\r\n'], ['model', 'whisper-1'], ['stream', 'true'])),
  );
});

test.each([
  ['multipart/form-data;boundary=abc', 'multipart/form-data; boundary=abc'],
  [
    'Multipart/Form-Data; charset=utf-8; boundary=----WebKit0; x="\u00e9"',
    'multipart/form-data; boundary=----WebKit0',
  ],
  ['multipart/form-data; boundary="a:b"', 'multipart/form-data; boundary="a:b"'],
  ['multipart/form-data; boundary=\u00e9', null],
  ['multipart/form-data; boundary="a\tb"', null],
  ['multipart/form-data', null],
  [`multipart/form-data; boundary=${'a'.repeat(71)}`, null],
  ['multipart/mixed; boundary=abc', null],
])('the content type %j is forwarded as %j', (type, forwarded) => {
  expect(formType(type)?.forwarded ?? null).toBe(forwarded);
});

test('of JSON only the model changes: nulls and unknown fields pass', () => {
  const body = { a: null, model: 'openai/x', stream_format: 'sse', input: 'Ü' };
  const request = WIRE.scan(json(body));
  expect(request.facts).toMatchObject({ model: 'openai/x', stream: true });
  const exchange = send(request, 'x');
  expect(String(exchange.body)).toBe(JSON.stringify({ ...body, model: 'x' }));
  expect([exchange.contentType, exchange.isDirect]).toEqual([undefined, true]);
});

test('a form of 30 MB is sent in pieces, without a copy', () => {
  const whole = form(['file', 'x'.repeat(30_000_000)], ['model', 'openai/whisper-1']);
  const { body } = send(WIRE.scan(whole, TYPE), 'w');
  if (Buffer.isBuffer(body)) throw new Error('it was copied');
  expect(body[0]?.buffer).toBe(whole.buffer);
  expect(Buffer.concat(body).length).toBe(whole.length - 'openai/whisper-1'.length + 1);
});

test.each([
  ['two models', form(['model', 'a/b'], ['model', 'c/d'])],
  ['a very long one', form(['model', 'a'.repeat(5_000)])],
])('%s: rejected by name', (_name, body) => {
  expect(() => WIRE.scan(body, TYPE)).toThrow(
    expect.objectContaining({ code: 'invalid_body', options: { param: 'model' } }),
  );
});

test('a form without a model, or with an empty one, names none', () => {
  expect(WIRE.scan(form(['file', 'x']), TYPE).facts.model).toBeNull();
  expect(WIRE.scan(form(['model', '']), TYPE).facts.model).toBeNull();
});

test.each([
  ['audio/mpeg', 'audio/mpeg'],
  ['Audio/PCM; rate=24000;channels=1', 'audio/pcm; rate=24000;channels=1'],
  ['application/json; charset=utf-8', 'application/json; charset=utf-8'],
  ['text/vtt', 'text/vtt'],
  ['text/plain; charset="utf-8"; a=\r\nx', 'text/plain'],
  ['audio/wav; name="\u20ac"', 'audio/wav'],
  [null, 'application/octet-stream'],
  ['text/html; charset=utf-8', null],
  ['image/svg+xml', null],
  ['application/xhtml+xml', null],
  ['', null],
])('a reply with the type %j gets to the client as %j (wire case 265)', (type, passed) => {
  expect(passedType(type)).toBe(passed);
});
