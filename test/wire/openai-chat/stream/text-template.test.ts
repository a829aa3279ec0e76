import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardOf } from '../../../support/openai-guard.ts';
import { chunk, cut, cutPoints, DONE, event, FINISH, relay, ROLE } from '../../../support/wire.ts';

const NAMES = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm-1' };
const texts = fc.array(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', 'a"b', '{"content":"x"}', '\n')),
  {
    minLength: 1,
    maxLength: 12,
  },
);

/** Ways to send a text, with the expected output. */
const WAYS: Readonly<Record<string, (text: string) => readonly [sent: string, out: string]>> = {
  canonical: (text) => [chunk({ content: text }), chunk({ content: text })],
  'role on every chunk': (text) => [chunk({ role: 'assistant', content: text }), chunk({ content: text })],
  reasoning: (text) => [
    chunk({ reasoning_content: text, content: null }),
    chunk({ reasoning_content: text, content: null }),
  ],
  'created moves on': (text) => [chunk({ content: text }, null, { created: 2 }), chunk({ content: text })],
  'no finish reason': (text) => [
    event({ ...NAMES, choices: [{ index: 0, delta: { content: text } }] }),
    event({ ...NAMES, choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }),
  ],
  'another content before it': (text) => [
    event({
      ...NAMES,
      sources: [{ content: 'x' }],
      choices: [{ index: 0, delta: { content: text }, finish_reason: null }],
    }),
    event({
      ...NAMES,
      sources: [{ content: 'x' }],
      choices: [{ index: 0, delta: { content: text }, finish_reason: null }],
    }),
  ],
};

describe.each(Object.entries(WAYS))('texts in events of one template come out right: %s', (_name, way) => {
  test('for any text and any slicing', () => {
    fc.assert(
      fc.property(texts, cutPoints, (list, points) => {
        const pairs = list.map(way);
        const bytes = Buffer.from(ROLE + pairs.map(([sent]) => sent).join('') + FINISH + DONE);
        const { output } = relay(guardOf(), cut(bytes, points));
        expect(output).toBe(ROLE + pairs.map(([, out]) => out).join('') + FINISH + DONE);
      }),
      { numRuns: 150 },
    );
  });
});

describe('what only resembles the template is parsed', () => {
  const before = [ROLE, chunk({ content: 'a' }), chunk({ content: 'b' })];
  const like = (text: string): string => chunk({ content: 'TEXT' }).replace('TEXT', text);

  test('keys after the text', () => {
    const sneaky = like('a","role":"assistant","reasoning":"hm');
    const out = chunk({ content: 'a', role: undefined, reasoning: 'hm', reasoning_content: 'hm' });
    expect(relay(guardOf(), [...before, sneaky, FINISH, DONE]).output).toBe(
      before.join('') + out + FINISH + DONE,
    );
  });

  test.each([
    ['a raw control character', 'a\u0001b'],
    ['an invalid escape', 'a\\xb'],
    ['a truncated code unit', 'a\\u12'],
    ['a backslash before the quote', 'a\\'],
  ])('%s is not JSON', (_name, text) => {
    expect(relay(guardOf(), [...before, like(text), FINISH, DONE])).toEqual({
      output: before.join(''),
      state: 'failed',
      fault: 'malformed',
    });
  });

  test('usage on an event that resembles the template is counted', () => {
    const stream = guardOf();
    const usage = { prompt_tokens: 5, completion_tokens: 7 };
    relay(stream, [...before, chunk({ content: 'a' }, null, { usage }), FINISH, DONE]);
    expect(stream.usage).toMatchObject({ inputTokens: 5, outputTokens: 7 });
  });

  test('timings on every event are counted each time', () => {
    const stream = guardOf({ usage: 'hidden' });
    const timed = (count: number): string =>
      chunk({ content: 'a' }, null, { timings: { cache_n: 0, prompt_n: 9, predicted_n: count } });
    relay(stream, [ROLE, timed(1), timed(2), timed(2), timed(3), FINISH, DONE]);
    expect(stream.usage).toMatchObject({ outputTokens: 3 });
  });
});
