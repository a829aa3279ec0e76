import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardOf } from '../../../support/openai-guard.ts';
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
} from '../../../support/wire.ts';

const CALL = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } };
/** Events of a trusted upstream, in OpenAI's format. */
const CANONICAL = [
  TEXT,
  ': comment ü\n\n',
  '\n',
  chunk({ reasoning_content: '日本語' }),
  chunk({ content: 'x' }, null, { error: null }),
  chunk({ content: 'long'.repeat(500) }),
  'event: message\nid: 7\n' + TEXT,
];
const PARTS = [
  ...CANONICAL,
  ROLE,
  FINISH,
  USAGE,
  DONE,
  chunk({ tool_calls: [{ index: 0, ...CALL }] }, null, { id: '', model: 'other', created: 0 }),
  chunk({ tool_calls: [{ index: 3, function: { arguments: '{"a":"\\ud83d\\ude00"}' } }] }),
  chunk({ tool_calls: [CALL, { ...CALL, id: '' }, { function: { arguments: 'é' } }] }),
  chunk({ reasoning: 'ü' }, null, { usage: { prompt_tokens: 1, completion_tokens: 2 } }),
  chunk({}, 'length', { timings: { prompt_n: 1, predicted_n: 2 } }, 1),
  event({ id: '', choices: [], prompt_filter_results: [] }),
  event({ choices: null }),
  event({ choices: [{ delta: null, logprobs: {} }] }),
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
  chunk({}, 'tool_calls') + DONE,
  FINISH + USAGE + DONE,
  FINISH,
  FINISH.trimEnd(),
  TEXT.slice(0, 30),
);

/** Cuts anywhere, and at the ends of some events, like servers that flush each event. */
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
  const stream = guardOf({ trusted, usage: hideUsage ? 'hidden' : 'once' });
  return { ...relay(stream, chunks), usage: stream.usage, model: stream.model };
}

describe('wire cases 6, 7: any slicing of a stream, with any mix of line ends, gives the same bytes', () => {
  test('for any content', () => {
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

  test('a trusted stream of canonical events comes out like an untrusted one', () => {
    const canonical = fc.array(fc.constantFrom(...CANONICAL), { maxLength: 10 });
    fc.assert(
      // The same line end throughout: mixed ones can merge two events, which is not canonical.
      fc.property(canonical, fc.nat({ max: 2 }), slicing, fc.boolean(), (body, end, cuts, hideUsage) => {
        const bytes = Buffer.from(withLineEnds(ROLE + TEXT + body.join('') + FINISH + USAGE + DONE, [end]));
        const whole = run([bytes], false, hideUsage);
        expect(run(slice(bytes, cuts), true, hideUsage)).toEqual(whole);
      }),
      { numRuns: 600 },
    );
  });
});

/** Removes what the guard changes in a real engine's stream: `created` advances, and Ollama repeats the role. */
function stable(stream: string): string {
  const [created = ''] = /"created":\d+/.exec(stream) ?? [];
  const events = stream.replaceAll(/"created":\d+/g, created).split(/(?<=\n\n)/);
  return events.map((text, at) => (at === 0 ? text : text.replace('"role":"assistant",', ''))).join('');
}

describe('recorded streams of real engines', () => {
  test.each([
    ['llamacpp/chat-stream-usage.sse', 'once', { inputTokens: 16, outputTokens: 8, cachedInputTokens: 15 }],
    [
      'llamacpp/chat-stream-no-usage.sse',
      'hidden',
      { inputTokens: 12, outputTokens: 6, cachedInputTokens: 3 },
    ],
    ['llamacpp/chat-tool-stream.sse', 'once', { inputTokens: 269, outputTokens: 31, cachedInputTokens: 268 }],
    ['llamacpp/chat-stream-progress.sse', 'hidden', {}],
    ['llamacpp/chat-stream-timings.sse', 'hidden', {}],
    ['ollama/chat-stream-usage.sse', 'once', { inputTokens: 16, outputTokens: 8 }],
  ] as const)('wire cases 26, 28, 167: %s changes only in time and role', (path, wish, usage) => {
    const bytes = fixture(path);
    for (const chunks of [[bytes], eachByte(bytes)]) {
      const stream = guardOf({ usage: wish });
      const output = stable(bytes.toString());
      expect(relay(stream, chunks)).toEqual({ output, state: 'complete', fault: null });
      expect(stream.usage).toMatchObject(usage);
    }
  });

  test('only its usage chunk is missing for a client that did not ask', () => {
    const bytes = fixture('llamacpp/chat-stream-usage.sse');
    const events = stable(bytes.toString()).split(/(?<=\n\n)/);
    const expected = events.filter((text) => !text.includes('"usage":{')).join('');
    expect(events.join('')).not.toBe(expected);
    expect(relay(guardOf({ usage: 'hidden' }), [bytes]).output).toBe(expected);
  });

  test('llama-server’s router unloads the model in mid-stream: its raw last line is a failure, not text', () => {
    const bytes = fixture('llamacpp/router-unload-during-stream.sse');
    const result = relay(guardOf({ usage: 'hidden' }), [bytes]);
    expect(result).toMatchObject({ state: 'failed', fault: 'cut' });
    expect(result.output).toBe(stable(bytes.toString().replace(/proxy error.*\n/, '')));
  });
});
