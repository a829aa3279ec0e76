import { describe, expect, test } from 'vitest';
import type { UnaryReply } from '../../../src/wire/exchange.ts';
import { WireFault } from '../../../src/wire/fault.ts';
import { passReply } from '../../../src/wire/openai-chat/pass-through.ts';
import { contextOf, madeId } from '../../support/openai-guard.ts';
import { fixture, json } from '../../support/wire.ts';

const relayed = (body: Buffer): UnaryReply => passReply(body, contextOf(), 9);

function fault(body: Buffer): WireFault {
  try {
    relayed(body);
  } catch (error) {
    if (error instanceof WireFault) return error;
    throw error;
  }
  throw new Error('the reply was accepted');
}

describe('a unary reply', () => {
  test('of a real llama-server passes as the same Buffer, with usage and model', () => {
    const body = fixture('llamacpp/chat-unary.json');
    expect(relayed(body)).toEqual({
      body,
      usage: { inputTokens: 16, outputTokens: 8, cachedInputTokens: 0, reasoningTokens: null },
      model: 'smollm2-135m-tools',
      signatures: [],
    });
    expect(relayed(body).body).toBe(body);
  });

  test('usage details are read; missing ones are null, never 0', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 15 },
    };
    const choices = [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }];
    expect(relayed(json({ choices, usage })).usage).toEqual({
      inputTokens: 10,
      outputTokens: 20,
      cachedInputTokens: 4,
      reasoningTokens: 15,
    });
  });

  test.each([{}, { usage: null }, { usage: {} }, { usage: { prompt_tokens: null } }])(
    'without usage (%j) it is estimated, and flagged: clients read the numbers without a check',
    (given) => {
      const call = { id: 'call_1', type: 'function', function: { name: 'now', arguments: '{"a":1}' } };
      const message = { role: 'assistant', content: 'Hello', tool_calls: [call] };
      const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
      const { usage, body } = relayed(json({ choices, ...given }));
      expect(usage).toMatchObject({ inputTokens: 9, outputTokens: 3, estimated: true });
      expect(JSON.parse(body.toString())).toMatchObject({
        usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
      });
    },
  );

  test('of one count the other is 0', () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }];
    expect(relayed(json({ choices, usage: { completion_tokens: 2 } })).usage).toEqual({
      inputTokens: 0,
      outputTokens: 2,
      cachedInputTokens: null,
      reasoningTokens: null,
    });
  });

  test.each([
    ['nothing', ''],
    ['HTML', '<html><body>502 Bad Gateway</body></html>'],
    ['plain text under a JSON content type', 'proxy error: Could not establish connection'],
    ['half a reply', '{"choices":[{"message":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['no choices', '{"id":"1"}'],
    ['empty choices', '{"choices":[]}'],
  ])('%s with status 200 is malformed', (_name, body) => {
    expect(fault(Buffer.from(body)).kind).toBe('malformed');
  });

  test.each([
    [
      { error: { message: 'model overloaded', type: 'server_error', code: 503 } },
      { message: 'model overloaded', code: '503' },
    ],
    [{ error: 'out of memory' }, { message: 'out of memory' }],
    [
      { object: 'error', message: 'bad', type: 'X', code: 40301 },
      { message: 'bad', type: 'X', code: '40301' },
    ],
  ])('wire case 15: an error with status 200 is an error: %j', (body, words) => {
    const found = fault(json(body));
    expect(found.kind).toBe('error_event');
    expect(found.upstream).toMatchObject(words);
    expect(found.raw).toEqual(json(body));
  });
});

describe('what a unary reply lacks is added', () => {
  const NAMES = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm-1' };
  const message = (fields: object, finish: unknown = 'stop', more: object = {}): object => ({
    ...NAMES,
    choices: [{ index: 0, message: { role: 'assistant', content: 'a', ...fields }, finish_reason: finish }],
    usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
    ...more,
  });
  const mended = (reply: object): unknown => JSON.parse(relayed(json(reply)).body.toString());
  const call = (fields: object, text: unknown = '{}'): object => ({
    ...{ id: 'call_1', type: 'function', function: { name: 'now', arguments: text } },
    ...fields,
  });

  test.each([
    ['plain', message({})],
    ['with unknown fields', message({ later: 1 }, 'stop', { timings: 'none' })],
    ['with calls', message({ content: null, tool_calls: [call({})] }, 'tool_calls')],
    ['wire case 36: a refusal', message({ content: null, refusal: 'No.' })],
    ['wire case 147: reasoning and text', message({ reasoning_content: 'hm' })],
    ['wire case 144: reasoning that is null', message({ reasoning_content: null, reasoning: null })],
    ['wire case 64: a truncated call', message({ tool_calls: [call({}, '{"ci')] }, 'length')],
  ])('a canonical one passes as the same Buffer: %s', (_name, reply) => {
    const body = json(reply);
    expect(relayed(body).body).toBe(body);
  });

  test.each([
    ['wire case 13: an error key of null', message({}, 'stop', { error: null }), message({})],
    ['wire case 25: no role', message({ role: undefined }), message({})],
    ['wire case 247: an empty list of calls', message({ tool_calls: [], annotations: null }), message({})],
    ['wire case 247: no list of calls', message({ tool_calls: null }), message({})],
    [
      'wire case 143: reasoning',
      message({ reasoning: 'hm' }),
      message({ reasoning: 'hm', reasoning_content: 'hm' }),
    ],
    [
      'wire case 144: with a null reasoning_content',
      message({ reasoning: 'hm', reasoning_content: null }),
      message({ reasoning: 'hm', reasoning_content: 'hm' }),
    ],
    [
      'wire case 47: a wrong total',
      message({}, 'stop', { usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 4 } }),
      message({}, 'stop', { usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 } }),
    ],
    [
      'wire case 47: no total and no prompt tokens',
      message({}, 'stop', { usage: { completion_tokens: 3, queue_time: 0.1 } }),
      message({}, 'stop', {
        usage: { prompt_tokens: 0, completion_tokens: 3, total_tokens: 3, queue_time: 0.1 },
      }),
    ],
    [
      'wire case 61: empty arguments',
      message({ tool_calls: [call({}, '')] }, 'tool_calls'),
      message({ tool_calls: [call({})] }, 'tool_calls'),
    ],
    [
      'wire case 61: arguments as an object',
      message({ tool_calls: [call({}, { city: 'Oslo' })] }, 'tool_calls'),
      message({ tool_calls: [call({}, '{"city":"Oslo"}')] }, 'tool_calls'),
    ],
    [
      'wire case 77: an empty id, and no type',
      message({ tool_calls: [call({ id: '', type: undefined })] }, 'tool_calls'),
      message({ tool_calls: [call({ id: madeId('call_') })] }, 'tool_calls'),
    ],
    [
      'wire case 62: stop with calls',
      message({ tool_calls: [call({})] }),
      message({ tool_calls: [call({})] }, 'tool_calls'),
    ],
    ['wire case 63: tool_calls without calls', message({ tool_calls: [] }, 'tool_calls'), message({})],
    [
      'wire case 28: no id, time and model',
      message({}, 'stop', { id: '', model: undefined, created: 0, object: '' }),
      message({}, 'stop', { id: madeId('chatcmpl-'), model: 'asked-model', created: 1_800_000_000 }),
    ],
  ])('%s', (_name, reply, expected) => {
    expect(mended(reply)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test('wire case 28: if the upstream’s ids repeat, each reply gets a generated one', () => {
    const context = contextOf({ generateIds: true });
    const ids = [1, 2].map(
      () => (JSON.parse(passReply(json(message({})), context, 9).body.toString()) as { id: unknown }).id,
    );
    expect(ids).toEqual([madeId('chatcmpl-'), madeId('chatcmpl-', 1)]);
  });

  test('wire case 37: empty log probabilities become null, and a choice without an index gets its position', () => {
    const reply = {
      ...NAMES,
      choices: [{ message: { role: 'assistant' }, logprobs: {}, finish_reason: 'stop' }],
    };
    expect(mended(reply)).toMatchObject({ choices: [{ index: 0, logprobs: null }] });
  });

  test('usage that llama-server reports only in its timings becomes usage', () => {
    const timings = { cache_n: 3, prompt_n: 9, predicted_n: 6 };
    const usage = { prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 };
    expect(mended(message({}, 'stop', { timings, usage: undefined }))).toMatchObject({ timings, usage });
  });
});
