import { describe, expect, test } from 'vitest';
import { guardOf } from '../../../support/openai-guard.ts';
import { chunk, DONE, event, FINISH, relay, ROLE, TEXT, USAGE } from '../../../support/wire.ts';

const guard = guardOf;

describe('a stream is held until its first content', () => {
  test.each([
    ['a role', ROLE],
    ['wire case 27: a first chunk with null content', chunk({ role: 'assistant', content: null })],
    ['wire case 1: comments', ': keep-alive\n\n: again\n\n'],
    [
      'wire case 29: Azure’s first chunk',
      event({ id: '', model: '', object: '', created: 0, choices: [], prompt_filter_results: [] }),
    ],
    ['a usage chunk', USAGE],
    ['an empty tool list', chunk({ tool_calls: [] })],
    ['empty reasoning', chunk({ reasoning_content: '' })],
    ['null audio', chunk({ audio: null })],
    ['an empty finish reason', chunk({}, '')],
    [
      'llama-server’s progress report',
      chunk({ content: null }, null, { prompt_progress: { total: 9, processed: 3 } }),
    ],
    ['a chunk without delta', event({ choices: [{ index: 0, finish_reason: null }] })],
    ['half an event', TEXT.slice(0, -1)],
  ])('%s does not commit it', (_name, bytes) => {
    expect(relay(guard(), [bytes], false)).toEqual({ output: '', state: 'held', fault: null });
  });

  test.each([
    ['content', TEXT],
    ['reasoning_content', chunk({ reasoning_content: 'hm' })],
    ['reasoning', chunk({ reasoning: 'hm', reasoning_content: 'hm' })],
    ['wire case 36: a refusal', chunk({ refusal: 'no' })],
    [
      'a tool call',
      chunk({
        tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }],
      }),
    ],
    ['a legacy function call', chunk({ function_call: { name: 'f' } })],
    ['wire case 38: audio', chunk({ audio: { id: 'a' } })],
    ['wire case 39: a finish reason alone', FINISH],
  ])('%s commits it, and the held events go out first', (_name, bytes) => {
    const result = relay(guard(), [ROLE, bytes], false);
    expect(result).toEqual({ output: ROLE + bytes, state: 'open', fault: null });
  });

  test('wire case 1: comments are dropped before the commit and pass after it', () => {
    const result = relay(guard(), [': a\n\n', ROLE, ': b\n\n', TEXT, ': c\n\n', FINISH, DONE]);
    expect(result.output).toBe(`${ROLE}${TEXT}: c\n\n${FINISH}${DONE}`);
    expect(result.state).toBe('complete');
  });

  test('a stream of empty chunks alone is aborted at 16 MiB', () => {
    const stream = guard();
    const filler = chunk({ content: '' }, null, { padding: 'x'.repeat(1024 * 1024) });
    const result = relay(
      stream,
      Array.from({ length: 20 }, () => filler),
      false,
    );
    expect(result).toEqual({ output: '', state: 'failed', fault: 'too_large' });
  });

  test('the model’s name is known at the commit', () => {
    const stream = guard();
    stream.push(Buffer.from(chunk({ content: 'a' }, null, { model: 'Qwen/日本-7B' })));
    expect(stream.model).toBe('Qwen/日本-7B');
  });
});

describe('unchanged events are not copied', () => {
  test('a chunk of complete events is returned as the same Buffer', () => {
    const stream = guard();
    stream.push(Buffer.from(ROLE + TEXT));
    const bytes = Buffer.from(TEXT + TEXT + chunk({ content: 'c' }));
    expect(stream.push(bytes)).toBe(bytes);
  });

  test('events around a removed one are slices of their chunk', () => {
    const stream = guardOf({ usage: 'hidden' });
    stream.push(Buffer.from(ROLE + TEXT));
    const bytes = Buffer.from(TEXT + FINISH + USAGE);
    const output = stream.push(bytes);
    expect(output?.buffer).toBe(bytes.buffer);
    expect(output?.toString()).toBe(TEXT + FINISH);
  });
});
