import { describe, expect, test } from 'vitest';
import { choicesOf, deltasOf, guardOf, mended } from '../../../support/openai-guard.ts';
import { chunk, DONE, event, FINISH, relay, ROLE, TEXT } from '../../../support/wire.ts';

const NAMES = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm-1' };

describe('wire case 33: choices is a list', () => {
  test.each([
    ['null', { ...NAMES, choices: null }],
    ['missing', NAMES],
    ['an object', { ...NAMES, choices: {} }],
    ['a list of nothing', { ...NAMES, choices: [null] }],
  ])('is empty if the upstream sent %s', (_name, odd) => {
    expect(mended([ROLE, event(odd), TEXT, FINISH, DONE])[1]).toEqual({ ...NAMES, choices: [] });
  });

  test('wire case 32: a choice without an index gets its position', () => {
    const choices = [
      { delta: { role: 'assistant', content: 'a' }, finish_reason: 'stop' },
      { delta: { role: 'assistant', content: 'b' }, finish_reason: 'stop' },
    ];
    expect(choicesOf(mended([event({ ...NAMES, choices })]))).toMatchObject([{ index: 0 }, { index: 1 }]);
  });

  test('an index from the upstream does not size an array', () => {
    const choices = [{ index: 4e9, delta: { content: 'a' }, finish_reason: 'stop' }];
    expect(choicesOf(mended([event({ ...NAMES, choices })]))).toMatchObject([{ index: 0 }]);
  });
});

describe('wire case 34: a delta is an object', () => {
  test.each([
    ['null', { index: 0, delta: null, finish_reason: 'stop' }],
    ['missing', { index: 0, finish_reason: 'stop' }],
  ])('even if it is %s in a finish chunk', (_name, choice) => {
    const last = event({ ...NAMES, choices: [choice] });
    expect(choicesOf(mended([ROLE, TEXT, last]))[2]).toEqual({ index: 0, delta: {}, finish_reason: 'stop' });
  });
});

describe('wire case 30: the finish reason', () => {
  const plain = { index: 0, delta: { content: 'a' } };

  test.each([
    ['missing', plain],
    ['empty', { ...plain, finish_reason: '' }],
    ['of another type', { ...plain, finish_reason: false }],
  ])('is null before the end if it was %s', (_name, choice) => {
    const odd = event({ ...NAMES, choices: [choice] });
    expect(choicesOf(mended([ROLE, odd, FINISH]))[1]).toEqual({ ...plain, finish_reason: null });
  });

  test('is sent once', () => {
    const again = [chunk({ content: 'b' }, 'stop'), chunk({}, 'length')];
    const reasons = choicesOf(mended([ROLE, FINISH, ...again])) as { finish_reason: unknown }[];
    expect(reasons.map(({ finish_reason: reason }) => reason)).toEqual([null, 'stop', null, null]);
  });
});

describe('what passes untouched', () => {
  const logprobs = { content: [{ token: 'a', logprob: -0.1, bytes: [97], top_logprobs: [] }], refusal: null };
  const withChoice = (more: object): string =>
    event({ ...NAMES, choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null, ...more }] });

  test.each([
    ['wire case 27: null content in the first chunk', chunk({ role: 'assistant', content: null })],
    [
      'wire case 27: empty content in the first chunk',
      chunk({ role: 'assistant', content: '', refusal: null }),
    ],
    ['wire case 31: text and finish reason in one chunk', chunk({ role: 'assistant', content: 'a' }, 'stop')],
  ])('%s', (_name, first) => {
    expect(relay(guardOf(), [first, FINISH, DONE]).output).toContain(first);
  });

  test.each([
    ['wire case 35: obfuscation', chunk({ content: 'a' }, null, { obfuscation: 'x7' })],
    ['wire case 36: a refusal', chunk({ refusal: 'I will not.' })],
    ['wire case 37: log probabilities with their text', withChoice({ logprobs })],
    ['wire case 37: log probabilities of null', withChoice({ logprobs: null })],
    ['wire case 38: audio', chunk({ audio: { id: 'a', data: 'AAAA', transcript: 'hi' } })],
    ['wire case 38: the end of audio', chunk({ audio: { expires_at: 9 } })],
    ['wire case 145: thinking inside the text', chunk({ content: '<think>hm</think>' })],
    ['wire case 147: reasoning and text in one delta', chunk({ reasoning_content: 'hm', content: 'a' })],
    [
      'wire case 167: llama-server’s timings',
      chunk({ content: 'a' }, null, { timings: { predicted_n: 1, predicted_ms: 15.95 } }),
    ],
    [
      'wire case 167: what vLLM adds',
      withChoice({ stop_reason: null, token_ids: [1], prompt_logprobs: null }),
    ],
    ['wire case 167: Groq’s x_groq', chunk({ content: 'a' }, null, { x_groq: { id: 'req_1', seed: 3 } })],
    ['wire case 45: usage of null', chunk({ content: 'a' }, null, { usage: null })],
    ['unknown fields on every level', withChoice({ later: 1, delta: { content: 'a', later: { x: 1 } } })],
  ])('%s', (_name, odd) => {
    expect(relay(guardOf(), [ROLE, odd, FINISH, DONE]).output).toBe(ROLE + odd + FINISH + DONE);
  });

  test('wire case 36: a refusal’s finish reason stays stop', () => {
    expect(deltasOf(mended([ROLE, chunk({ refusal: 'No.' }), FINISH]))[1]).toEqual({ refusal: 'No.' });
  });
});

test('wire case 37: empty log probabilities become null', () => {
  const choices = [{ index: 0, delta: { content: 'a' }, logprobs: {}, finish_reason: null }];
  expect(choicesOf(mended([ROLE, event({ ...NAMES, choices }), FINISH]))[1]).toMatchObject({
    logprobs: null,
  });
});

describe('reasoning', () => {
  test('wire case 143: reasoning also goes out as reasoning_content', () => {
    const [, delta] = deltasOf(mended([ROLE, chunk({ reasoning: 'hm' }), FINISH]));
    expect(delta).toEqual({ reasoning: 'hm', reasoning_content: 'hm' });
  });

  test('wire case 144: a null reasoning_content never hides a filled reasoning', () => {
    const [, delta] = deltasOf(mended([ROLE, chunk({ reasoning_content: null, reasoning: 'hm' }), FINISH]));
    expect(delta).toEqual({ reasoning: 'hm', reasoning_content: 'hm' });
  });

  test('chunks without reasoning do not change', () => {
    const odd = chunk({ content: 'a', reasoning: null, reasoning_content: null });
    expect(relay(guardOf(), [ROLE, odd, FINISH, DONE]).output).toContain(odd);
  });
});
