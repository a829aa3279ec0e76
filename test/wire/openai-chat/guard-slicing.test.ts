import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpenAiGuard } from '../../../src/wire/openai-chat/guard.ts';
import {
  chunk,
  cut,
  cutPoints,
  DONE,
  eachByte,
  event,
  FINISH,
  fixture,
  lineEnds,
  relay,
  ROLE,
  TEXT,
  USAGE,
  withLineEnds,
} from '../../support/wire.ts';

const SOUND = [
  ROLE,
  TEXT,
  TEXT,
  FINISH,
  USAGE,
  ': comment ü\n\n',
  '\n',
  chunk({ reasoning_content: '日本語' }),
  chunk({ content: 'x' }, null, { error: null }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":"\\ud83d\\ude00"}' } }] }),
  chunk({ content: 'long'.repeat(500) }),
  chunk({}, 'length', { timings: { prompt_n: 1, predicted_n: 2 } }, 1),
  'event: message\nid: 7\n' + TEXT,
];
const PARTS = [
  ...SOUND,
  DONE,
  'data: {"choices":\ndata: []}\n\n',
  event({ error: { message: 'überlastet' } }),
  'data: {broken}\n\n',
  'proxy error: x\n\n',
  'data: [DONE] \n\n',
];
const parts = fc.array(fc.constantFrom(...PARTS), { maxLength: 8 });
const ending = fc.constantFrom(
  '',
  FINISH + DONE,
  FINISH + USAGE + DONE,
  FINISH,
  FINISH.trimEnd(),
  TEXT.slice(0, 30),
);

/** Cuts anywhere, and at the ends of some events, as servers that flush each event do. */
const slicing = fc.record({
  anywhere: cutPoints,
  afterEvents: fc.array(fc.nat({ max: 30 }), { maxLength: 12 }),
});

function slice(bytes: Buffer, cuts: { anywhere: number[]; afterEvents: number[] }): Buffer[] {
  const ends = Array.from(
    bytes.toString('latin1').matchAll(/(\r\n|\n|\r){2}/g),
    (match) => match.index + match[0].length,
  );
  return cut(bytes, [...cuts.anywhere, ...cuts.afterEvents.flatMap((index) => ends[index] ?? [])]);
}

function run(chunks: Buffer[], trusted: boolean, hideUsage: boolean): object {
  const stream = new OpenAiGuard({ trusted, hideUsage });
  return { ...relay(stream, chunks), usage: stream.usage, model: stream.model };
}

describe('wire cases 6, 7: any slicing of a stream, with any mix of line ends, gives the same bytes', () => {
  test('whatever it holds', () => {
    fc.assert(
      fc.property(parts, ending, lineEnds, slicing, fc.boolean(), (body, last, ends, cuts, hideUsage) => {
        const bytes = Buffer.from(withLineEnds(ROLE + TEXT + body.join('') + last, ends));
        const whole = run([bytes], false, hideUsage);
        expect(run(slice(bytes, cuts), false, hideUsage)).toEqual(whole);
        expect(run(eachByte(bytes), false, hideUsage)).toEqual(whole);
      }),
      { numRuns: 400 },
    );
  });

  test('a trusted stream of sound events comes out as an untrusted one does', () => {
    const sound = fc.array(fc.constantFrom(...SOUND), { maxLength: 10 });
    fc.assert(
      fc.property(sound, lineEnds, slicing, fc.boolean(), (body, ends, cuts, hideUsage) => {
        const bytes = Buffer.from(withLineEnds(ROLE + TEXT + body.join('') + FINISH + USAGE + DONE, ends));
        const whole = run([bytes], false, hideUsage);
        expect(run(slice(bytes, cuts), true, hideUsage)).toEqual(whole);
      }),
      { numRuns: 600 },
    );
  });
});

describe('recorded streams of real engines', () => {
  test.each([
    ['llamacpp/chat-stream-usage.sse', { inputTokens: 16, outputTokens: 8, cachedInputTokens: 15 }],
    ['llamacpp/chat-stream-no-usage.sse', { inputTokens: 12, outputTokens: 6, cachedInputTokens: 3 }],
    ['llamacpp/chat-tool-stream.sse', { inputTokens: 269, outputTokens: 31, cachedInputTokens: 268 }],
    ['llamacpp/chat-stream-progress.sse', {}],
    ['llamacpp/chat-stream-timings.sse', {}],
    ['ollama/chat-stream-usage.sse', { inputTokens: 16, outputTokens: 8 }],
  ])('%s passes byte for byte to a client that asked for usage, whole and in single bytes', (path, usage) => {
    const bytes = fixture(path);
    for (const chunks of [[bytes], eachByte(bytes)]) {
      const stream = new OpenAiGuard({ trusted: false, hideUsage: false });
      expect(relay(stream, chunks)).toEqual({ output: bytes.toString(), state: 'complete', fault: null });
      expect(stream.usage).toMatchObject(usage);
    }
  });

  test('only its usage chunk is missing for a client that did not ask', () => {
    const bytes = fixture('llamacpp/chat-stream-usage.sse');
    const events = bytes.toString().split(/(?<=\n\n)/);
    const expected = events.filter((text) => !text.includes('"usage":{')).join('');
    expect(events.join('')).not.toBe(expected);
    const stream = new OpenAiGuard({ trusted: false, hideUsage: true });
    expect(relay(stream, [bytes]).output).toBe(expected);
  });

  test('llama-server’s router unloading the model in mid-stream: its raw last line is a failure, not text', () => {
    const bytes = fixture('llamacpp/router-unload-during-stream.sse');
    const result = relay(new OpenAiGuard({ trusted: false, hideUsage: true }), [bytes]);
    expect(result).toMatchObject({ state: 'failed', fault: 'malformed' });
    expect(result.output).toBe(bytes.toString().replace(/proxy error.*\n/, ''));
  });
});
