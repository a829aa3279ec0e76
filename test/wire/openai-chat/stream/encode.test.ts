import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { call, chunksOf, deltasOf, FINISHED, START, streamed } from '../../../support/openai-client.ts';
import { DONE } from '../../../support/wire.ts';

const text = (words: string): StreamEvent => ({ type: 'text-delta', text: words });
const thinking = (words: string): StreamEvent => ({ type: 'thinking-delta', text: words });
const finish = (reason: (StreamEvent & { type: 'reply-finish' })['reason']): StreamEvent => ({
  type: 'reply-finish',
  reason,
  stopSequence: null,
  usage: null,
});
const finishOf = (stream: string): string | null | undefined =>
  chunksOf(stream).findLast((chunk) => chunk.choices.length > 0)?.choices[0]?.finish_reason;

const USAGE = {
  inputTokens: 15,
  outputTokens: 7,
  cachedInputTokens: 5,
  cacheWriteTokens: null,
  reasoningTokens: null,
};
const COUNTED: StreamEvent = { type: 'reply-finish', reason: 'stop', stopSequence: null, usage: USAGE };

describe('the shape of a stream', () => {
  test('wire cases 25, 26, 27, 28, 30: role once and first, one id, time and model, a finish only at the end', () => {
    const stream = streamed([START, text('Hé'), text('"l\nlo'), FINISHED]);
    expect(deltasOf(stream)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'Hé' },
      { content: '"l\nlo' },
      {},
    ]);
    const all = chunksOf(stream);
    expect(all.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
    for (const chunk of all) {
      expect(chunk).toMatchObject({
        id: 'chatcmpl-01',
        object: 'chat.completion.chunk',
        created: 1_795_246_738,
        model: 'claude-x',
        choices: [{ index: 0, logprobs: null }],
      });
    }
  });

  test('wire cases 3, 13: one end mark, and no chunk with an error key', () => {
    const stream = streamed([START, text('a'), FINISHED]);
    expect(stream.endsWith(`\n\n${DONE}`)).toBe(true);
    expect(stream.split('[DONE]')).toHaveLength(2);
    expect(stream).not.toContain('"error"');
  });

  test('wire case 39: an empty reply is a role and a finish', () => {
    expect(deltasOf(streamed([START, FINISHED]))).toEqual([
      { role: 'assistant', content: '', refusal: null },
      {},
    ]);
  });

  test('wire case 28: a stream without an id gets one, the same in all chunks', () => {
    const nameless: StreamEvent = { type: 'reply-start', id: null, model: null, usage: null };
    const ids = (): Set<string> =>
      new Set(chunksOf(streamed([nameless, text('a'), FINISHED])).map(({ id }) => id));
    const [first, second] = [ids(), ids()];
    expect([first.size, second.size]).toEqual([1, 1]);
    expect([...first][0]).toMatch(/^chatcmpl-\w/);
    expect(first).not.toEqual(second);
  });

  test('wire case 36: a refusal keeps its text', () => {
    const stream = streamed([START, { type: 'refusal-delta', text: 'No.' }, finish('content-filter')]);
    expect(deltasOf(stream)[1]).toEqual({ refusal: 'No.' });
    expect(finishOf(stream)).toBe('content_filter');
  });

  test('wire case 36: refusal text with the finish reason stop keeps that reason', () => {
    expect(finishOf(streamed([START, { type: 'refusal-delta', text: 'No.' }, FINISHED]))).toBe('stop');
  });
});

describe('usage', () => {
  test('wire cases 7, 45, 47: in a chunk of its own without choices, null before it', () => {
    const all = chunksOf(streamed([START, text('a'), COUNTED], { includeUsage: true }));
    expect(all.at(-1)).toMatchObject({
      id: 'chatcmpl-01',
      choices: [],
      usage: {
        prompt_tokens: 15,
        completion_tokens: 7,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 5 },
      },
    });
    expect(all.slice(0, -1).map((chunk) => chunk.usage)).toEqual([null, null, null]);
    expect(all.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  });

  test('wire cases 40, 41: if not requested, the key is in no chunk', () => {
    expect(streamed([START, text('a'), COUNTED])).not.toContain('usage');
  });

  test('wire case 42: without usage from the upstream there is no usage chunk; none is invented', () => {
    const all = chunksOf(streamed([START, text('a'), FINISHED], { includeUsage: true }));
    expect(all.every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
  });

  test('usage from the start applies unless replaced later', () => {
    const counted: StreamEvent = { ...START, usage: USAGE } as StreamEvent;
    expect(chunksOf(streamed([counted, FINISHED], { includeUsage: true })).at(-1)?.usage).toMatchObject({
      total_tokens: 22,
    });
  });

  test('wire case 148: reasoning tokens are reported even if the text is hidden', () => {
    const usage = { ...USAGE, reasoningTokens: 6 };
    const events: StreamEvent[] = [START, text('a'), { ...COUNTED, usage }];
    expect(chunksOf(streamed(events, { includeUsage: true })).at(-1)?.usage).toMatchObject({
      completion_tokens_details: { reasoning_tokens: 6 },
    });
  });
});

describe('calls', () => {
  test('wire cases 53, 54, 55: indexes count calls alone; id, type and name come once', () => {
    const stream = streamed([
      START,
      text('wait'),
      ...call('a', 'f', '{"x"', ':1}'),
      ...call('b', 'g', '{}'),
      finish('tool-calls'),
    ]);
    expect(
      deltasOf(stream)
        .slice(2)
        .flatMap((delta) => delta['tool_calls'] ?? []),
    ).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{"x"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
    expect(finishOf(stream)).toBe('tool_calls');
  });

  test('wire case 61: a call without arguments has {}', () => {
    const stream = streamed([START, ...call('a', 'f'), ...call('b', 'g', '{"x":1}'), finish('tool-calls')]);
    const fragments = deltasOf(stream).flatMap((delta) => (delta['tool_calls'] ?? []) as object[]);
    expect(fragments[1]).toEqual({ index: 0, function: { arguments: '{}' } });
    expect(fragments).toHaveLength(4);
  });

  test('wire case 64: a call ends with tool_calls, but a limit stays a limit', () => {
    const events = (reason: Parameters<typeof finish>[0]): StreamEvent[] => [
      START,
      ...call('a', 'f', '{}'),
      finish(reason),
    ];
    expect(finishOf(streamed(events('tool-calls')))).toBe('tool_calls');
    expect(finishOf(streamed(events('length')))).toBe('length');
  });

  test('wire case 76: clients of the legacy functions get function_call', () => {
    const events = [START, ...call('a', 'f', '{"x":1}'), ...call('b', 'g', '{}'), finish('tool-calls')];
    const stream = streamed(events, { legacyCalls: true });
    expect(deltasOf(stream).slice(1)).toEqual([
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{"x":1}' } },
      {},
    ]);
    expect(finishOf(stream)).toBe('function_call');
  });
});

describe('thinking', () => {
  test('wire cases 143, 147: comes as reasoning_content, before the text', () => {
    const stream = streamed([START, thinking('h'), thinking('m'), text('a'), FINISHED]);
    expect(deltasOf(stream).slice(1)).toEqual([
      { reasoning_content: 'h' },
      { reasoning_content: 'm' },
      { content: 'a' },
      {},
    ]);
  });

  test('wire cases 108, 110: all signed and redacted blocks come in one delta before the finish', () => {
    const stream = streamed([
      START,
      thinking('h'),
      thinking('m'),
      { type: 'thinking-signature', signature: 's1' },
      { type: 'redacted-thinking', data: 'xx' },
      { type: 'thinking-signature', signature: 's2' },
      thinking('unsigned'),
      text('a'),
      thinking('!'),
      { type: 'thinking-signature', signature: 's3' },
      FINISHED,
    ]);
    const told = deltasOf(stream).filter((delta) => 'thinking_blocks' in delta);
    expect(told).toEqual([
      {
        thinking_blocks: [
          { type: 'thinking', thinking: 'hm', signature: 's1' },
          { type: 'redacted_thinking', data: 'xx' },
          { type: 'thinking', thinking: '', signature: 's2' },
          { type: 'thinking', thinking: '!', signature: 's3' },
        ],
      },
    ]);
    expect(deltasOf(stream).at(-2)).toEqual(told[0]);
  });
});
