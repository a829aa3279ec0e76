import { describe, expect, test } from 'vitest';
import type { ReplyPart } from '../../../../src/protocol/chat.ts';
import { completion, replyOf } from '../../../support/openai-client.ts';

const text = (words: string): ReplyPart => ({ type: 'text', text: words });
const call = (id: string, args: string): ReplyPart => ({ type: 'tool-call', id, name: 'f', arguments: args });
const thinking = (words: string, signature: string | null): ReplyPart => ({
  type: 'thinking',
  text: words,
  signature,
});
const message = (...parts: ReplyPart[]): unknown => completion(replyOf(parts)).choices[0]!.message;
const USAGE = {
  inputTokens: 10,
  outputTokens: 4,
  cachedInputTokens: 6,
  cacheWriteTokens: 2,
  reasoningTokens: 3,
};

describe('a reply as a chat completion', () => {
  test('the complete shape', () => {
    expect(completion(replyOf([text('Hé'), text('llo')], { usage: USAGE }))).toEqual({
      id: 'chatcmpl-01',
      object: 'chat.completion',
      created: 1_795_246_738,
      model: 'claude-x',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Héllo', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 4,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 6, cache_write_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
  });

  test('without text the content is null; without a usage the key is absent', () => {
    expect(completion(replyOf([])).choices[0]!.message['content']).toBeNull();
    expect(completion(replyOf([]))).not.toHaveProperty('usage');
  });

  test('wire case 28: a reply without an id gets a unique one', () => {
    const ids = [null, null, ''].map((id) => completion(replyOf([text('a')], { id })).id);
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => /^chatcmpl-\w/.test(id))).toBe(true);
  });

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content-filter', 'content_filter'],
  ] as const)('the finish %s is %s', (finish, word) => {
    expect(completion(replyOf([text('a')], { finish })).choices[0]!.finish_reason).toBe(word);
  });

  test('wire cases 36, 112: a refusal keeps its text', () => {
    const refused = completion(replyOf([], { refusal: 'Not this.', finish: 'content-filter' }));
    expect(refused.choices[0]).toMatchObject({
      message: { content: null, refusal: 'Not this.' },
      finish_reason: 'content_filter',
    });
  });
});

describe('calls', () => {
  test('wire cases 53, 54: parallel calls after text, each with its id', () => {
    expect(message(text('wait'), call('toolu_1', '{"a":1}'), call('toolu_2', '{}'))).toEqual({
      role: 'assistant',
      content: 'wait',
      refusal: null,
      tool_calls: [
        { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        { id: 'toolu_2', type: 'function', function: { name: 'f', arguments: '{}' } },
      ],
    });
  });

  test('wire case 61: a call without arguments has {}', () => {
    expect(message(call('a', ''))).toMatchObject({ tool_calls: [{ function: { arguments: '{}' } }] });
  });

  test('wire case 64: a call ends with tool_calls, but a limit stays a limit', () => {
    const finish = (parts: ReplyPart[], reason: 'tool-calls' | 'length'): string =>
      completion(replyOf(parts, { finish: reason })).choices[0]!.finish_reason;
    expect(finish([call('a', '{}')], 'tool-calls')).toBe('tool_calls');
    expect(finish([call('a', '{"b":')], 'length')).toBe('length');
  });

  test('wire case 76: clients of the legacy functions get function_call', () => {
    const reply = replyOf([text('wait'), call('a', '')], { finish: 'tool-calls' });
    const [choice] = completion(reply, { legacyCalls: true }).choices;
    expect(choice).toMatchObject({
      message: { content: 'wait', function_call: { name: 'f', arguments: '{}' } },
      finish_reason: 'function_call',
    });
    expect(choice!.message).not.toHaveProperty('tool_calls');
    expect(completion(replyOf([text('a')]), { legacyCalls: true })).toEqual(completion(replyOf([text('a')])));
  });
});

describe('thinking', () => {
  test('wire cases 143, 144: its text is reasoning_content; without text the key is absent', () => {
    expect(message(thinking('h', null), thinking('m', null), text('a'))).toEqual({
      role: 'assistant',
      content: 'a',
      reasoning_content: 'hm',
      refusal: null,
    });
    expect(Object.keys(message(text('a')) as object)).toEqual(['role', 'content', 'refusal']);
  });

  test('wire cases 108, 110: signatures and redacted blocks are included, so that a client can send them back', () => {
    const read = message(
      thinking('hm', 's1'),
      { type: 'redacted-thinking', data: 'xx' },
      thinking('', 's2'),
      thinking('!', null),
      text('a'),
    );
    expect(read).toMatchObject({
      content: 'a',
      reasoning_content: 'hm!',
      thinking_blocks: [
        { type: 'thinking', thinking: 'hm', signature: 's1' },
        { type: 'redacted_thinking', data: 'xx' },
        { type: 'thinking', thinking: '', signature: 's2' },
      ],
    });
    expect(message(thinking('', 's2'))).not.toHaveProperty('reasoning_content');
  });
});
