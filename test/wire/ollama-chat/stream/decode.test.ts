import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { TranslatedStream } from '../../../../src/wire/chat/translated-stream.ts';
import { NDJSON } from '../../../../src/wire/framing/ndjson.ts';
import { OllamaChatStreamDecoder } from '../../../../src/wire/ollama-chat/stream/decode.ts';
import { cut, cutPoints, relay } from '../../../support/wire.ts';
import { call, last, line } from '../lines.ts';

interface Decoded {
  readonly events: StreamEvent[];
  readonly fault: string | null;
  readonly message: string | undefined;
}

function decode(...chunks: (string | Buffer)[]): Decoded {
  const events: StreamEvent[] = [];
  const write = (event: StreamEvent): string => {
    events.push(event);
    return '';
  };
  const stream = new TranslatedStream(NDJSON, new OllamaChatStreamDecoder(null), { write });
  const { fault } = relay(stream, chunks);
  return { events, fault, message: stream.fault?.message };
}

const usage = (inputTokens: number, outputTokens: number): object => ({
  ...{ inputTokens, outputTokens, cachedInputTokens: null, reasoningTokens: null, cacheWriteTokens: null },
});

const HELLO = [line({ thinking: 'Hm' }), line({ content: 'Grüße' }), line({ content: ' 😀' }), last()];

describe('a stream of Ollama’s own API', () => {
  test('brings thinking, text, the end and the counts', () => {
    expect(decode(...HELLO)).toEqual({
      events: [
        { type: 'reply-start', id: null, model: 'm:latest', usage: null },
        { type: 'thinking-delta', text: 'Hm' },
        { type: 'text-delta', text: 'Grüße' },
        { type: 'text-delta', text: ' 😀' },
        { type: 'reply-finish', reason: 'stop', stopSequence: null, usage: usage(16, 8) },
      ],
      fault: null,
      message: undefined,
    });
  });

  test('wire case 160: may be split anywhere, and its last line may lack the line feed', () => {
    const whole = decode(...HELLO).events;
    const bytes = Buffer.from(HELLO.join('').trimEnd());
    fc.assert(
      fc.property(cutPoints, (points) => {
        expect(decode(...cut(bytes, points)).events).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  test('wire case 147: thinking goes before text in the same line', () => {
    const { events } = decode(line({ content: 'b', thinking: 'a' }), last());
    expect(events.slice(1, 3).map(({ type }) => type)).toEqual(['thinking-delta', 'text-delta']);
  });

  test('wire cases 62, 77: calls end the reply as calls, each with an id of its own', () => {
    const calls = [call('look', { at: 'Rome' }, 'call_1'), call('look', { at: 'Berlin' }, 'call_1')];
    const { events } = decode(line({ tool_calls: calls }), line({ tool_calls: [call('find', {})] }), last());
    const starts = events.filter((event) => event.type === 'tool-call-start');
    expect(starts.map(({ name }) => name)).toEqual(['look', 'look', 'find']);
    expect(new Set(starts.map(({ id }) => id)).size).toBe(3);
    expect(starts[0]?.id).toBe('call_1');
    expect(events.at(-1)).toMatchObject({ type: 'reply-finish', reason: 'tool-calls' });
  });

  test('a whole call that filled the limit is still to be run, as in Ollama’s /v1', () => {
    expect(decode(line({ tool_calls: [call('look', {})] }), last('length')).events.at(-1)).toMatchObject({
      reason: 'tool-calls',
    });
  });

  test('wire cases 99, 154: arguments keep their order and the digits of their numbers', () => {
    const args = '{"b":1,"a":12345678901234567890,"c":1.0}';
    const text = `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":${args}}}]},"done":false}\n`;
    expect(decode(text, last()).events).toContainEqual({ type: 'tool-call-delta', arguments: args });
  });

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['load', 'stop'],
    ['unload', 'stop'],
    ['a new word', 'stop'],
  ])('wire case 152: done_reason %s is %s', (reason, finish) => {
    expect(decode(line({ content: 'a' }), last(reason)).events.at(-1)).toMatchObject({ reason: finish });
  });

  test('wire case 151: a count that is missing is 0; without counts the usage is unknown', () => {
    const end = (more: object): unknown => decode(line({ content: 'a' }), last('stop', more)).events.at(-1);
    expect(end({ eval_count: 8 })).toMatchObject({ usage: usage(0, 8) });
    expect(end({ prompt_eval_count: -1, eval_count: 'x' })).toMatchObject({ usage: null });
    expect(end({})).toMatchObject({ usage: null });
  });

  test('wire case 150: an error in the middle is a failure with its words', () => {
    const { fault, message } = decode(line({ content: 'a' }), '{"error":"unexpected EOF"}\n');
    expect([fault, message]).toEqual(['error_event', expect.stringContaining('unexpected EOF')]);
  });

  test('without its last line it is cut, however much has arrived', () => {
    expect(decode(...HELLO.slice(0, -1)).fault).toBe('cut');
    expect(decode().fault).toBe('cut');
  });

  test.each([
    ['text that is no JSON', 'proxy error\n'],
    ['content in parts', line({ content: [{ type: 'text', text: 'a' }] })],
    ['a call without a name', line({ tool_calls: [{ function: { arguments: {} } }] })],
  ])('%s is malformed', (_, text) => {
    expect(decode(line({ content: 'a' }), text, last()).fault).toBe('malformed');
  });
});
