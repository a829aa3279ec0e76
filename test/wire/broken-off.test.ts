import { describe, expect, test } from 'vitest';
import { decodeMessagesReply } from '../../src/wire/anthropic-messages/decode/reply.ts';
import { passReply as passMessage } from '../../src/wire/anthropic-messages/pass-reply.ts';
import { MessagesGuard } from '../../src/wire/anthropic-messages/stream/guard.ts';
import { WireFault } from '../../src/wire/fault.ts';
import { decodeOpenAiReply } from '../../src/wire/openai-chat/decode/reply.ts';
import { passReply } from '../../src/wire/openai-chat/pass-through.ts';
import { requireCompletion } from '../../src/wire/openai-completions/choices.ts';
import { passReply as passCompletion } from '../../src/wire/openai-completions/pass-through.ts';
import { messageDelta, START, STOP, words } from '../support/messages-events.ts';
import { contextOf, guardOf } from '../support/openai-guard.ts';
import { chunk, DONE, event, json, relay, ROLE, TEXT } from '../support/wire.ts';

const completion = (choice: object): Buffer =>
  json({ id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: 'Half' }, ...choice }] });
const message = (reason: string): Buffer =>
  json({ id: 'msg_1', type: 'message', content: [{ type: 'text', text: 'Half' }], stop_reason: reason });

/** The fault of reading; null without one. */
function faultOf(read: () => unknown): WireFault | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof WireFault) return error;
    throw error;
  }
}

describe.each([
  ...['error', 'network_error', 'insufficient_system_resource', 'abort', 'MALFORMED_FUNCTION_CALL'],
  ...['function_call_filter: UNEXPECTED_TOOL_CALL', 'TIMEOUT', 'not-finished', 'ERROR', 'cancelled'],
  ...['server_error', 'INTERNAL_ERROR', 'upstream-error', 'some_new_error', 'overloaded', 'preempted', 'oom'],
])('wire case 240: a reply that ends with "%s" is a failure', (word) => {
  test('in a stream before any content, of which nothing goes out, and after it, without an end mark', () => {
    for (const [sent, output] of [
      [ROLE, ''],
      [ROLE + TEXT, ROLE + TEXT],
    ] as const) {
      const stream = guardOf();
      const expected = { output, state: 'failed', fault: 'cut' };
      expect(relay(stream, [sent, chunk({}, word), DONE])).toEqual(expected);
      expect(stream.fault?.message).toContain(`"${word}"`);
    }
  });

  test('in a trusted stream, in a stream of the Messages wire, and in whole replies of each wire', () => {
    const trusted = guardOf({ trusted: true });
    expect(relay(trusted, [ROLE, TEXT, chunk({}, word), DONE])).toMatchObject({ fault: 'cut' });
    const stream = relay(new MessagesGuard(9), [START, words(0, 'Half'), messageDelta(word), STOP]);
    expect(stream).toMatchObject({ state: 'failed', fault: 'cut' });
    expect(stream.output).not.toContain('message_stop');
    for (const read of [
      (): unknown => passReply(completion({ finish_reason: word }), contextOf(), 9),
      (): unknown => decodeOpenAiReply(completion({ finish_reason: word })),
      (): unknown => passMessage(message(word), { keys: null, estimatedInputTokens: 9 }),
      (): unknown => decodeMessagesReply(message(word)),
    ]) {
      expect(faultOf(read)?.kind).toBe('cut');
    }
  });
});

describe('wire case 240: other words for an end become those of the wire', () => {
  test.each([
    ['max_tokens', 'length', 'max_tokens'],
    ['MAX_TOKENS', 'length', 'max_tokens'],
    ['model_length', 'length', 'max_tokens'],
    ['time_limit', 'length', 'max_tokens'],
    ['SAFETY', 'content_filter', 'refusal'],
    ['content_filter: RECITATION', 'content_filter', 'refusal'],
    ['sensitive', 'content_filter', 'refusal'],
    ['content_filtered', 'content_filter', 'refusal'],
    ['guardrail_intervened', 'content_filter', 'refusal'],
    ['STOP', 'stop', 'end_turn'],
    ['ended', 'ended', 'ended'],
  ])('%s is %s, and %s on the Messages wire', (word, openAi, anthropic) => {
    expect(relay(guardOf(), [ROLE, TEXT, chunk({}, word), DONE]).output).toContain(
      `"finish_reason":"${openAi}"`,
    );
    const whole = passReply(completion({ finish_reason: word }), contextOf(), 9).body.toString();
    expect(whole).toContain(`"finish_reason":"${openAi}"`);
    const stream = relay(new MessagesGuard(9), [START, words(0, 'Half'), messageDelta(word), STOP]);
    expect(stream.output).toContain(`"stop_reason":"${anthropic}"`);
    expect(passMessage(message(word), { keys: null, estimatedInputTokens: 9 }).body.toString()).toContain(
      `"stop_reason":"${anthropic}"`,
    );
  });

  test('for a client of the other wire, a length or filter in any word is never a whole answer', () => {
    expect(decodeOpenAiReply(completion({ finish_reason: 'model_length' })).finish).toBe('length');
    expect(decodeOpenAiReply(completion({ finish_reason: 'SAFETY' })).finish).toBe('content-filter');
    expect(decodeMessagesReply(message('length')).finish).toBe('length');
    expect(decodeMessagesReply(message('sensitive')).finish).toBe('content-filter');
  });
});

describe.each([null, '', 'null'])(
  'wire case 5: a whole reply whose finish reason is %j is not whole',
  (none) => {
    test('for clients of every wire', () => {
      const text = json({ id: 'c', choices: [{ index: 0, text: 'Half', finish_reason: none }] });
      for (const read of [
        (): unknown => passReply(completion({ finish_reason: none }), contextOf(), 0),
        (): unknown => decodeOpenAiReply(completion({ finish_reason: none })),
        (): unknown => passCompletion(text),
        ...(none === null
          ? []
          : [(): unknown => passMessage(message(none), { keys: null, estimatedInputTokens: 0 })]),
        ...(none === null ? [] : [(): unknown => decodeMessagesReply(message(none))]),
      ]) {
        expect(faultOf(read)?.kind).toBe('cut');
      }
    });

    test('and none in a stream: its end is the one that comes later', () => {
      const chunks = [ROLE, TEXT.replace('"finish_reason":null', `"finish_reason":${JSON.stringify(none)}`)];
      expect(relay(guardOf(), [...chunks, chunk({}, 'stop'), DONE]).state).toBe('complete');
      expect(relay(guardOf(), [...chunks, DONE])).toMatchObject({ state: 'failed', fault: 'cut' });
    });
  },
);

test('a whole reply without the key is whole: LocalAI left it out', () => {
  expect(decodeOpenAiReply(completion({})).finish).toBe('stop');
  expect(passReply(completion({}), contextOf(), 0).body.toString()).toContain('"finish_reason":null');
});

const LOST = 'Provider connection lost';

describe.each([
  ['at the top of the choice', (error: unknown) => ({ delta: { content: 'b' }, error })],
  ['in its delta', (error: unknown) => ({ delta: { content: 'b', error } })],
  ['in its message', (error: unknown) => ({ message: { role: 'assistant', content: 'b', error } })],
])('wire case 241: an error %s', (_place, choiceWith) => {
  const choices = (error: unknown): object => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm-1',
    choices: [{ index: 0, ...choiceWith(error), finish_reason: 'stop' }],
  });

  test.each([
    ['an object', { code: 502, message: LOST }],
    ['a text', LOST],
  ])('as %s is a failure with its words, also next to a finish reason for success', (_shape, error) => {
    for (const trusted of [false, true]) {
      const stream = guardOf({ trusted });
      expect(relay(stream, [ROLE, TEXT, event(choices(error)), DONE])).toMatchObject({
        output: ROLE + TEXT,
        fault: 'error_event',
      });
      expect(stream.fault?.upstream?.message).toBe(LOST);
    }
    const whole = json(choices(error));
    expect(faultOf(() => passReply(whole, contextOf(), 9))?.upstream?.message).toBe(LOST);
    expect(faultOf(() => decodeOpenAiReply(whole))?.upstream?.message).toBe(LOST);
  });

  test.each([null, {}, ''])('that is %j is none', (error) => {
    expect(relay(guardOf(), [ROLE, event(choices(error)), DONE]).state).toBe('complete');
  });
});

test('wire case 241: an error in a choice of a completion is a failure with its words', () => {
  const read = (): void => {
    requireCompletion({ index: 0, text: '', error: { message: LOST }, finish_reason: 'stop' });
  };
  expect(faultOf(read)?.upstream?.message).toBe(LOST);
});

test('wire case 242: a status of failure next to the reply is a failure with its words', () => {
  const failed = { status_code: 1008, status_msg: 'insufficient balance' };
  const body = (status: object): Buffer => json({ id: 'c', choices: null, base_resp: status });
  const fault = faultOf(() => passReply(body(failed), contextOf(), 9));
  expect([fault?.kind, fault?.upstream?.message]).toEqual(['error_event', failed.status_msg]);
  expect(relay(guardOf(), [ROLE, event({ choices: [], base_resp: failed })])).toMatchObject({
    fault: 'error_event',
  });
  const fine = { ...JSON.parse(completion({}).toString()), base_resp: { status_code: 0, status_msg: '' } };
  expect(faultOf(() => passReply(json(fine), contextOf(), 9))).toBeNull();
});

test('wire case 14: an error object followed by an end mark is a failure, as vLLM’s engine sends it when it dies', () => {
  const error = { message: 'EngineCore encountered an issue.', type: 'InternalServerError', code: 500 };
  const stream = guardOf();
  expect(relay(stream, [ROLE, TEXT, event({ error }) + DONE])).toEqual({
    output: ROLE + TEXT,
    state: 'failed',
    fault: 'error_event',
  });
  expect(stream.fault?.upstream?.message).toBe(error.message);
});
