import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assemble, decode } from '../../../support/openai-upstream.ts';
import {
  chunk,
  cut,
  cutPoints,
  DONE,
  eachByte,
  FINISH,
  fixture,
  ROLE,
  TEXT,
  USAGE,
} from '../../../support/wire.ts';

const CALL = chunk({
  tool_calls: [
    { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"' } },
  ],
});
const STREAM = [
  ROLE,
  chunk({ reasoning_content: '日本語' }),
  ': comment\n\n',
  TEXT,
  CALL,
  chunk({ tool_calls: [{ index: 0, function: { arguments: 'Köln"}' } }] }),
  FINISH,
  USAGE,
  DONE,
].join('');

/** Ends of an event that mix the three line ends; a CR right before an LF would be one end, not two. */
const EVENT_ENDS = ['\n\n', '\r\n\r\n', '\r\r', '\n\r\n', '\r\n\n', '\n\r', '\r\n\r', '\r\r\n'];
const endChoices = fc.array(fc.nat({ max: EVENT_ENDS.length - 1 }), { minLength: 1, maxLength: 7 });

function withEventEnds(text: string, choice: readonly number[]): string {
  let turn = 0;
  return text.replace(/\n\n/g, () => EVENT_ENDS[choice[turn++ % choice.length] ?? 0] ?? '');
}

test('wire case 7: a stream split at every byte, with mixed LF, CRLF and CR, decodes the same', () => {
  const expected = decode([STREAM]);
  expect(expected.map(({ type }) => type)).toEqual([
    'reply-start',
    'thinking-delta',
    'text-delta',
    'tool-call-start',
    'tool-call-delta',
    'tool-call-delta',
    'tool-call-end',
    'reply-finish',
  ]);
  const whole = assemble([STREAM]);
  fc.assert(
    fc.property(endChoices, cutPoints, (ends, points) => {
      const bytes = Buffer.from(withEventEnds(STREAM, ends));
      expect(decode(cut(bytes, points))).toEqual(expected);
      expect(assemble(cut(bytes, points))).toEqual(whole);
    }),
    { numRuns: 300 },
  );
  for (const ends of [[0], [1], [2], [0, 1, 2, 3, 4, 5, 6, 7]]) {
    const bytes = Buffer.from(withEventEnds(STREAM, ends));
    expect(decode(eachByte(bytes))).toEqual(expected);
    for (let point = 1; point < bytes.length; point += 1) {
      expect(decode([bytes.subarray(0, point), bytes.subarray(point)])).toEqual(expected);
    }
  }
});

test('recorded streams decode the same in 1-byte chunks', () => {
  for (const path of [
    'llamacpp/chat-tool-stream.sse',
    'llamacpp/chat-n-2.sse',
    'ollama/chat-stream-usage.sse',
  ]) {
    const bytes = fixture(path);
    expect(decode(eachByte(bytes))).toEqual(decode([bytes]));
    expect(assemble(eachByte(bytes))).toEqual(assemble([bytes]));
  }
});
