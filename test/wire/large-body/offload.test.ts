import { afterEach, expect, test } from 'vitest';

import { GatewayError } from '../../../src/protocol/errors.ts';
import { LARGE_BODY_BYTES, LargeBodyOffload } from '../../../src/wire/large-body/offload.ts';
import type { WireFormat } from '../../../src/protocol/wire.ts';
import type { ScannedRequest } from '../../../src/wire/exchange.ts';
import { wireOf, type AnyWire } from '../../../src/wire/wires.ts';
import { json } from '../../support/wire.ts';

const CHAT = wireOf('openai-chat');
const LONG = 'Ein langer "Text" \\ mit Zeilen\nund 😀. '.repeat(Math.ceil((LARGE_BODY_BYTES * 1.2) / 40));

let offload = new LargeBodyOffload({ error: () => undefined });
afterEach(async () => {
  await offload.close();
  offload = new LargeBodyOffload({ error: () => undefined });
});

/** Scans a body that must go to the worker. */
function readLarge(body: Buffer, wire: AnyWire = CHAT): Promise<ScannedRequest> {
  expect(body.length).toBeGreaterThan(LARGE_BODY_BYTES);
  const reading = offload.scan(wire, body);
  expect(reading).toBeInstanceOf(Promise);
  return reading as Promise<ScannedRequest>;
}

async function refusal(reading: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await reading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error(`expected a GatewayError, got ${String(error)}`);
  return error;
}

const chat = (fields: object = {}): object => ({
  model: 'node:evaluate',
  messages: [{ role: 'user', content: LONG }],
  ...fields,
});

test.each([
  ['plain', chat()],
  ['streamed, with a limit', chat({ stream: true, max_tokens: 99 })],
  [
    'with tools and a schema',
    chat({ tools: [{ type: 'function' }], response_format: { type: 'json_schema' } }),
  ],
  [
    'with an image',
    chat({
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
        { role: 'user', content: LONG },
      ],
    }),
  ],
])('a large body, %s, yields the same facts as a synchronous scan', async (_name, value) => {
  const direct = CHAT.scan(json(value));
  const request = await readLarge(json(value));
  expect(request.facts).toEqual(direct.facts);
  expect(request.fields).toEqual(direct.fields);
  expect(request.body.equals(direct.body)).toBe(true);
  expect(request.format).toBe('openai-chat');
});

test('a small body is scanned synchronously, without a copy', () => {
  const body = json({ messages: [{ role: 'user', content: 'Hello?' }] });
  const request = offload.scan(CHAT, body);
  expect(request).not.toBeInstanceOf(Promise);
  expect((request as ScannedRequest).body).toBe(body);
});

test.each([
  [
    'invalid JSON',
    Buffer.from(`{"messages":["${LONG.slice(0, 10).replaceAll(/\W/g, '')}${'a'.repeat(LARGE_BODY_BYTES)}"`),
  ],
  ['invalid UTF-8', Buffer.concat([json(chat()), Buffer.from([0xff])])],
  ['a model that is not a string', json(chat({ model: 7 }))],
  ['no messages', json({ model: 'm', padding: LONG })],
  [
    'a file as media',
    json(
      chat({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url: 'file:///etc/passwd' } },
              { type: 'text', text: LONG },
            ],
          },
        ],
      }),
    ),
  ],
])('a large body with %s is rejected with the same error as a small one', async (_name, body) => {
  const direct = await refusal((async () => CHAT.scan(Buffer.from(body)))());
  const { code, message, options, status } = await refusal(readLarge(body));
  expect({ code, message, options, status }).toEqual({
    code: direct.code,
    message: direct.message,
    options: direct.options,
    status: direct.status,
  });
});

test('concurrent large bodies each return their own result', async () => {
  const bodies = Array.from({ length: 8 }, (_, index) => json(chat({ user: `user-${index}` })));
  const requests = await Promise.all(bodies.map((body) => readLarge(Buffer.from(body))));
  for (const [index, request] of requests.entries()) {
    expect(request.body.equals(bodies[index] ?? Buffer.alloc(0))).toBe(true);
  }
});

test('the memory of a large body is transferred to the worker and back, not copied', async () => {
  const body = json(chat());
  const { length } = body;
  const reading = readLarge(body);
  expect(body.length).toBe(0);
  expect((await reading).body.length).toBe(length);
});

test('a view of a larger buffer is copied, so that the rest of the buffer stays intact', async () => {
  const shared = Buffer.concat([Buffer.from('before'), json(chat()), Buffer.from('after')]);
  const request = await readLarge(shared.subarray(6, -5));
  expect(request.facts.model).toBe('node:evaluate');
  expect(shared.toString('latin1', 0, 6)).toBe('before');
  expect(shared.toString('latin1', shared.length - 5)).toBe('after');
});

test('when the worker dies its requests fail as retryable, and the next request is scanned by a new worker', async () => {
  // An unknown wire throws something other than a GatewayError, which ends the worker.
  const unknown: AnyWire = { ...CHAT, format: 'no-such-wire' as WireFormat };
  const waiting = [
    refusal(readLarge(json(chat()), unknown)),
    refusal(readLarge(json(chat({ user: 'x' })), unknown)),
  ];
  const [first] = await Promise.all(waiting);
  expect(first).toMatchObject({ code: 'overloaded', status: 503, options: { retryAfterS: 1 } });
  expect((await readLarge(json(chat()))).facts.model).toBe('node:evaluate');
});

test('closing rejects a running scan', async () => {
  const reading = refusal(readLarge(json(chat())));
  await offload.close();
  expect((await reading).code).toBe('overloaded');
});

test('a queued body is dropped when its client disconnects, and later ones are processed', async () => {
  const first = readLarge(json(chat({ user: 'first' })));
  const body = json(chat());
  const client = new AbortController();
  const left = refusal(offload.scan(CHAT, body, client) as Promise<ScannedRequest>);
  const last = readLarge(json(chat({ user: 'last' })));
  // Queued, so its memory has not been transferred yet.
  expect(body.length).toBeGreaterThan(LARGE_BODY_BYTES);
  client.abort();
  expect((await left).message).toContain('the client disconnected');
  expect((await first).body.includes('"user":"first"')).toBe(true);
  expect((await last).body.includes('"user":"last"')).toBe(true);
});

test('closing rejects queued scans as well', async () => {
  const reading = [
    refusal(readLarge(json(chat()))),
    refusal(Promise.resolve(offload.scan(CHAT, json(chat())))),
  ];
  await offload.close();
  expect((await Promise.all(reading)).map(({ code }) => code)).toEqual(['overloaded', 'overloaded']);
});
