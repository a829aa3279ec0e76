import { describe, expect, test } from 'vitest';
import { MessagesGuard } from '../../src/wire/anthropic-messages/stream/guard.ts';
import { WireFault } from '../../src/wire/fault.ts';
import { passReply } from '../../src/wire/openai-chat/pass-through.ts';
import { parseReply } from '../../src/wire/reply-body.ts';
import { reportsError } from '../../src/wire/upstream-error-body.ts';
import { START, words } from '../support/messages-events.ts';
import { contextOf, guardOf } from '../support/openai-guard.ts';
import { DONE, event, json, relay, ROLE, TEXT } from '../support/wire.ts';

const WORDS = 'System busy';

describe.each([
  ['FastAPI', { detail: WORDS }],
  ['FastAPI, a list', { detail: [{ loc: ['body'], msg: WORDS, type: 'value_error' }] }],
  ['SiliconFlow', { code: 50501, message: WORDS, data: null }],
  ['a code as text', { code: 'Throttled', message: WORDS }],
  ['a code with `msg`', { code: 500, msg: WORDS }],
  ['Baidu', { error_code: 18, error_msg: WORDS }],
  ['a flag', { success: false, message: WORDS }],
  ['Cloudflare', { success: false, result: null, errors: [{ code: 7009, message: WORDS }], messages: [] }],
  ['a list of texts', { errors: [WORDS] }],
])('an error with status 200 and no `error` gives its words: %s', (_name, body) => {
  test('as a whole reply', () => {
    const read = (): unknown => passReply(json(body), contextOf(), 0);
    expect(read).toThrow(
      expect.objectContaining({ kind: 'error_event', upstream: expect.objectContaining({ message: WORDS }) }),
    );
  });

  test('in a stream, before and after content', () => {
    for (const sent of [ROLE, ROLE + TEXT]) {
      const stream = guardOf();
      expect(relay(stream, [sent, event(body), DONE])).toMatchObject({ fault: 'error_event' });
      expect(stream.fault?.upstream?.message).toBe(WORDS);
    }
  });
});

test.each([
  { id: 'c', choices: [], message: WORDS, code: 1 },
  { object: 'list', data: [], detail: 'x' },
  { code: 0, message: 'ok', data: { a: 1 } },
  { code: 200, message: 'success' },
  { message: 'hello' },
  { detail: '' },
  { errors: [] },
  { type: 'ping', message: 'x', code: 3 },
  { input_tokens: 3, message: 'estimated', code: 1 },
])('a reply with such keys is none: %j', (body) => {
  expect(reportsError(body)).toBe(false);
  expect(parseReply(json(body))).toEqual(body);
});

test.each([
  ['JSON', 'error: {"code":500,"message":"ctx full","type":"server_error"}\n\n', 'ctx full'],
  ['a text', 'error: ctx full\n\n', 'ctx full'],
  ['with an end mark', 'error: {"message":"ctx full"}\n\ndata: [DONE]\n\n', 'ctx full'],
])('an error as a field of its own (older llama-servers) gives its words: %s', (_name, line, message) => {
  const stream = guardOf();
  expect(relay(stream, [ROLE + TEXT, line])).toMatchObject({ output: ROLE + TEXT, fault: 'error_event' });
  expect(stream.fault?.upstream?.message).toBe(message);
  const messages = new MessagesGuard(9);
  expect(relay(messages, [START, words(0, 'Half'), line])).toMatchObject({ fault: 'error_event' });
  expect(messages.fault).toBeInstanceOf(WireFault);
});
