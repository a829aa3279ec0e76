import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { decode, faultOf, joined } from '../../../support/openai-upstream.ts';
import { chunk, DONE, event, FINISH, fixture, ROLE, TEXT, USAGE } from '../../../support/wire.ts';

const start = { type: 'reply-start', id: 'chatcmpl-1', model: 'm-1', usage: null };
const words = { type: 'text-delta', text: 'Grüße 😀' };
const finish = { type: 'reply-finish', reason: 'stop', stopSequence: null, usage: null };
const usage = {
  inputTokens: 5,
  outputTokens: 7,
  cachedInputTokens: null,
  reasoningTokens: null,
  cacheWriteTokens: null,
};
const finishOf = (events: readonly StreamEvent[]): unknown => events.at(-1);

describe('a stream as neutral events', () => {
  test('a real llama-server’s, with its null first delta (wire case 27) and usage after the finish (case 46)', () => {
    const events = joined(decode([fixture('llamacpp/chat-stream-usage.sse')]));
    expect(events).toMatchObject([
      { type: 'reply-start', model: 'smollm2-135m-tools' },
      { type: 'text-delta' },
      { type: 'reply-finish', reason: 'stop', usage: { inputTokens: expect.any(Number) } },
    ]);
    expect(events).toHaveLength(3);
  });

  test('a real llama-server’s without usage: its timings hold the same', () => {
    const events = decode([fixture('llamacpp/chat-stream-no-usage.sse')]);
    expect(finishOf(events)).toMatchObject({ reason: 'length', usage: { outputTokens: 6 } });
  });

  test('a real Ollama’s, with its role in every chunk (wire case 26)', () => {
    const events = joined(decode([fixture('ollama/chat-stream-usage.sse')]));
    expect(events.map(({ type }) => type)).toEqual(['reply-start', 'text-delta', 'reply-finish']);
  });

  test('wire case 4: a finish reason without [DONE] is a complete reply', () => {
    expect(decode([ROLE, TEXT, FINISH])).toEqual([start, words, finish]);
  });

  test('wire case 5: an end without a finish reason is a fault, with [DONE] or not', () => {
    expect(decode([ROLE, TEXT])).toEqual([start, words]);
    expect(faultOf(() => decode([ROLE, TEXT, DONE])).kind).toBe('cut');
    expect(faultOf(() => decode([DONE])).kind).toBe('cut');
  });

  test('wire case 150: Ollama’s empty chunk and end mark after a failure is not an empty answer', () => {
    expect(decode([chunk({ role: 'assistant', content: '' })])).toEqual([start]);
  });

  test('wire case 3: white space after [DONE], and a second [DONE], are one end', () => {
    expect(decode([ROLE, TEXT, FINISH, 'data: [DONE] \n\n', DONE])).toEqual([start, words, finish]);
  });

  test('wire case 1: comments are ignored', () => {
    expect(decode([': OPENROUTER PROCESSING\n\n', ROLE, TEXT, FINISH, DONE])).toEqual([start, words, finish]);
  });

  test('wire case 6: no space after data, CRLF, several data lines, no blank line at the end', () => {
    const [head, tail] = [TEXT.slice(0, 20), TEXT.slice(20)];
    const odd = [ROLE.replace('data: ', 'data:'), TEXT.replace('{', '{\r\ndata: '), FINISH.trimEnd()].join(
      '\r\n',
    );
    expect(head + tail).toBe(TEXT);
    expect(decode([odd])).toEqual([start, words, finish]);
  });

  test('wire case 8: an event of more than 1 MB passes in one piece', () => {
    const long = 'x'.repeat(1_200_000);
    const events = decode([ROLE, chunk({ content: long }), FINISH]);
    expect(events[1]).toEqual({ type: 'text-delta', text: long });
  });

  test('wire case 29: Azure’s empty first chunk is the source of neither id nor model', () => {
    const azure = event({
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [],
    });
    expect(decode([azure, ROLE, TEXT, FINISH, DONE])).toEqual([start, words, finish]);
  });

  test('wire case 28: the first id and model count', () => {
    const other = event({ id: 'b', model: 'c', choices: [{ index: 0, delta: { content: 'x' } }] });
    expect(decode([ROLE, other, FINISH]).at(0)).toEqual(start);
  });

  test('wire case 31: text in the finish chunk is kept', () => {
    expect(decode([ROLE, chunk({ content: 'Grüße 😀' }, 'stop')])).toEqual([start, words, finish]);
  });

  test.each([
    ['30: an empty finish reason counts as null', chunk({ content: 'Grüße 😀' }, '')],
    ['33: no choices', `${event({ id: 'x', choices: null })}${event({ id: 'x' })}${TEXT}`],
    ['35: padding', chunk({ content: 'Grüße 😀' }, null, { obfuscation: 'aGVsbG8' })],
    ['13: an error that is null', chunk({ content: 'Grüße 😀' }, null, { error: null })],
    ['32: other choices', `${chunk({ content: 'no' }, 'stop', {}, 1)}${TEXT}`],
    [
      '37: log probabilities',
      event({ id: 'chatcmpl-1', choices: [{ index: 0, delta: { content: 'Grüße 😀' }, logprobs: {} }] }),
    ],
  ])('wire case %s', (_name, events) => {
    expect(decode([ROLE, events, FINISH, DONE])).toEqual([start, words, finish]);
  });

  test('wire case 34: a finish chunk without a delta', () => {
    const bare = event({ id: 'chatcmpl-1', choices: [{ index: 0, delta: null, finish_reason: 'stop' }] });
    expect(decode([ROLE, TEXT, bare, DONE])).toEqual([start, words, finish]);
  });

  test('wire case 36: a refusal stays a refusal', () => {
    expect(decode([ROLE, chunk({ refusal: 'I can' }), chunk({ refusal: 'not' }), FINISH])).toEqual([
      start,
      { type: 'refusal-delta', text: 'I can' },
      { type: 'refusal-delta', text: 'not' },
      finish,
    ]);
  });

  test('wire case 39: an empty reply is an empty reply', () => {
    expect(decode([ROLE, FINISH, DONE])).toEqual([start, finish]);
  });

  test('wire case 112: content_filter', () => {
    expect(finishOf(decode([ROLE, TEXT, chunk({}, 'content_filter')]))).toMatchObject({
      reason: 'content-filter',
    });
  });

  test('wire case 138: vLLM reports which stop sequence was hit', () => {
    const hit = event({
      id: 'a',
      choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: '###' }],
    });
    expect(finishOf(decode([ROLE, TEXT, hit]))).toMatchObject({ stopSequence: '###' });
    const token = event({
      id: 'a',
      choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 128_009 }],
    });
    expect(finishOf(decode([ROLE, TEXT, token]))).toMatchObject({ stopSequence: null });
  });
});

describe('usage', () => {
  test('wire cases 46, 130: the usage chunk after the finish', () => {
    expect(finishOf(decode([ROLE, TEXT, FINISH, USAGE, DONE]))).toEqual({ ...finish, usage });
  });

  test('wire case 43: in the finish chunk, Groq’s x_groq too', () => {
    const counts = { prompt_tokens: 5, completion_tokens: 7 };
    expect(finishOf(decode([ROLE, chunk({}, 'stop', { usage: counts })]))).toEqual({ ...finish, usage });
    const groq = { x_groq: { id: 'req_1', usage: counts } };
    expect(finishOf(decode([ROLE, chunk({}, 'stop', groq)]))).toEqual({ ...finish, usage });
  });

  test('wire cases 44, 45: of usage on every chunk the last counts, null is ignored', () => {
    const early = { usage: { prompt_tokens: 5, completion_tokens: 1 } };
    const events = decode([chunk({ content: 'a' }, null, early), USAGE, chunk({}, 'stop', { usage: null })]);
    expect(events[0]).toMatchObject({ usage: { inputTokens: 5, outputTokens: 1 } });
    expect(finishOf(events)).toEqual({ ...finish, usage });
  });

  test('wire cases 47, 50, 148: totals may be missing, details are kept', () => {
    const counts = {
      prompt_tokens: 9,
      completion_tokens: 8,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 6 },
    };
    expect(finishOf(decode([ROLE, FINISH, event({ choices: [], usage: counts })]))).toMatchObject({
      usage: {
        inputTokens: 9,
        outputTokens: 8,
        cachedInputTokens: 3,
        cacheWriteTokens: 2,
        reasoningTokens: 6,
      },
    });
  });
});

describe('thinking', () => {
  const thought = { type: 'thinking-delta', text: 'hm' };

  test.each([
    ['reasoning', { reasoning: 'hm' }],
    ['reasoning_content', { reasoning_content: 'hm' }],
    ['both', { reasoning: 'hm', reasoning_content: 'hm' }],
    ['with a null one (case 144)', { reasoning: 'hm', reasoning_content: null }],
  ])('wire case 143: under the name %s', (_name, delta) => {
    expect(decode([ROLE, chunk(delta), TEXT, FINISH])).toEqual([start, thought, words, finish]);
  });

  test('wire case 147: precedes text in one delta', () => {
    const both = chunk({ content: 'Grüße 😀', reasoning: 'hm' });
    expect(decode([ROLE, both, FINISH])).toEqual([start, thought, words, finish]);
  });

  test('wire case 145: <think> in plain content is content', () => {
    expect(decode([ROLE, chunk({ content: '<think>hm</think>' }), FINISH])[1]).toEqual({
      type: 'text-delta',
      text: '<think>hm</think>',
    });
  });
});

describe('errors', () => {
  test.each([
    ['an error object', event({ error: { message: 'boom', type: 'server_error' } })],
    ['an error text', event({ error: 'boom' })],
    ['x_groq.error', chunk({}, null, { x_groq: { error: 'boom' } })],
  ])('wire case 14: %s inside the stream is a failure', (_name, error) => {
    const fault = faultOf(() => decode([ROLE, TEXT, error]));
    expect(fault.kind).toBe('error_event');
    expect(fault.upstream?.message).toBe('boom');
  });

  test('what is not a JSON object is malformed', () => {
    expect(faultOf(() => decode([ROLE, 'data: {broken}\n\n'])).kind).toBe('malformed');
    expect(faultOf(() => decode([ROLE, 'data: []\n\n'])).kind).toBe('malformed');
  });
});
