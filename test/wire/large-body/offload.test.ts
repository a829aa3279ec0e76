import { afterEach, expect, test } from 'vitest';

import { GatewayError } from '../../../src/protocol/errors.ts';
import { LARGE_BODY_BYTES, LargeBodyOffload } from '../../../src/wire/large-body/offload.ts';
import type { WireFormat } from '../../../src/protocol/wire.ts';
import type { ScannedRequest } from '../../../src/wire/exchange.ts';
import { wireOf, type AnyWire } from '../../../src/wire/wires.ts';
import { json } from '../../support/wire.ts';

const CHAT = wireOf('openai-chat');
const LONG = 'Ein langer "Text" \\ mit Zeilen\nund 😀. '.repeat(Math.ceil((LARGE_BODY_BYTES * 1.2) / 40));

let offload = new LargeBodyOffload();
afterEach(async () => {
  await offload.close();
  offload = new LargeBodyOffload();
});

/** Reads elsewhere what is surely read elsewhere. */
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
  if (!(error instanceof GatewayError)) throw new Error(`no refusal but ${String(error)}`);
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
])('a large body, %s, is known as well as if it were read at once', async (_name, value) => {
  const direct = CHAT.scan(json(value));
  const request = await readLarge(json(value));
  expect(request.facts).toEqual(direct.facts);
  expect(request.fields).toEqual(direct.fields);
  expect(request.body.equals(direct.body)).toBe(true);
  expect(request.format).toBe('openai-chat');
});

test('a small body is read at once, without a thread and without a copy', () => {
  const body = json({ messages: [{ role: 'user', content: 'Hello?' }] });
  const request = offload.scan(CHAT, body);
  expect(request).not.toBeInstanceOf(Promise);
  expect((request as ScannedRequest).body).toBe(body);
});

test.each([
  [
    'no JSON',
    Buffer.from(`{"messages":["${LONG.slice(0, 10).replaceAll(/\W/g, '')}${'a'.repeat(LARGE_BODY_BYTES)}"`),
  ],
  ['no UTF-8', Buffer.concat([json(chat()), Buffer.from([0xff])])],
  ['a model that is no string', json(chat({ model: 7 }))],
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
])('a large body with %s is refused in the words of a small one', async (_name, body) => {
  const direct = await refusal((async () => CHAT.scan(Buffer.from(body)))());
  const { code, message, options, status } = await refusal(readLarge(body));
  expect({ code, message, options, status }).toEqual({
    code: direct.code,
    message: direct.message,
    options: direct.options,
    status: direct.status,
  });
});

test('many large bodies at once each come back as their own', async () => {
  const bodies = Array.from({ length: 8 }, (_, index) => json(chat({ user: `user-${index}` })));
  const requests = await Promise.all(bodies.map((body) => readLarge(Buffer.from(body))));
  for (const [index, request] of requests.entries()) {
    expect(request.body.equals(bodies[index] ?? Buffer.alloc(0))).toBe(true);
  }
});

test('the memory of a large body moves to the worker and back, and is never there twice', async () => {
  const body = json(chat());
  const { length } = body;
  const reading = readLarge(body);
  expect(body.length).toBe(0);
  expect((await reading).body.length).toBe(length);
});

test('a view of a larger buffer is copied, so that its neighbours stay', async () => {
  const shared = Buffer.concat([Buffer.from('before'), json(chat()), Buffer.from('behind')]);
  const request = await readLarge(shared.subarray(6, -6));
  expect(request.facts.model).toBe('node:evaluate');
  expect(shared.toString('latin1', 0, 6)).toBe('before');
  expect(shared.toString('latin1', shared.length - 6)).toBe('behind');
});

test('when the thread dies its requests are told to come again, and the next one, sent at once, is read', async () => {
  // The thread knows no such wire, which is a fault of the program: it ends.
  const unknown: AnyWire = { ...CHAT, format: 'no-such-wire' as WireFormat };
  const waiting = [
    refusal(readLarge(json(chat()), unknown)),
    refusal(readLarge(json(chat({ user: 'x' })), unknown)),
  ];
  const [first] = await Promise.all(waiting);
  expect(first).toMatchObject({ code: 'overloaded', status: 503, options: { retryAfterS: 1 } });
  expect((await readLarge(json(chat()))).facts.model).toBe('node:evaluate');
});

test('closing refuses what is still read instead of leaving it waiting', async () => {
  const reading = refusal(readLarge(json(chat())));
  await offload.close();
  expect((await reading).code).toBe('overloaded');
});

test('a large body whose client has left is not worked on any more, and those behind it are', async () => {
  const first = readLarge(json(chat({ user: 'first' })));
  const body = json(chat());
  const client = { disconnected: false };
  const left = refusal(offload.scan(CHAT, body, client) as Promise<ScannedRequest>);
  const last = readLarge(json(chat({ user: 'last' })));
  // It waits, hence its memory is still here.
  expect(body.length).toBeGreaterThan(LARGE_BODY_BYTES);
  client.disconnected = true;
  expect((await left).message).toContain('the client left');
  expect((await first).body.includes('"user":"first"')).toBe(true);
  expect((await last).body.includes('"user":"last"')).toBe(true);
});

test('closing refuses what waits behind another body as well', async () => {
  const reading = [
    refusal(readLarge(json(chat()))),
    refusal(Promise.resolve(offload.scan(CHAT, json(chat())))),
  ];
  await offload.close();
  expect((await Promise.all(reading)).map(({ code }) => code)).toEqual(['overloaded', 'overloaded']);
});
