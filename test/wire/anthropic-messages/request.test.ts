import { describe, expect, test } from 'vitest';
import type { TargetRequest } from '../../../src/wire/exchange.ts';
import { openExchange } from '../../../src/wire/open-exchange.ts';
import { readOpenAiChat } from '../../../src/wire/openai-chat/request.ts';
import { dialect, json, target } from '../../support/wire.ts';

const ANTHROPIC = dialect({
  wire: 'anthropic-messages',
  streamUsage: false,
  withoutSampling: /^claude-opus-4-7/,
});
const USER = { role: 'user', content: 'hi' };
const text = (words: string): object => ({ type: 'text', text: words });

function send(
  body: object,
  wanted: Partial<TargetRequest> = {},
): { body: Record<string, unknown>; warnings: string[] } {
  const request = readOpenAiChat(json({ model: 'node:a', max_tokens: 9, messages: [USER], ...body }));
  const exchange = openExchange(request, ANTHROPIC, target({ modelId: 'claude-haiku-4-5', ...wanted }));
  return {
    body: JSON.parse(exchange.body.toString()) as Record<string, unknown>,
    warnings: exchange.warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

describe('wire-formats 3.1: an OpenAI request as a Messages body', () => {
  test('plain turns', () => {
    const messages = [
      USER,
      { role: 'assistant', content: [text('yo'), text('!')] },
      { role: 'user', content: [text('so?')] },
    ];
    expect(send({ messages })).toEqual({
      body: {
        model: 'claude-haiku-4-5',
        max_tokens: 9,
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('yo'), text('!')] },
          { role: 'user', content: [text('so?')] },
        ],
      },
      warnings: [],
    });
  });

  test('wire case 84: system and developer turns, leading or later, become blocks of system in their order', () => {
    const messages = [
      { role: 'system', content: 'one' },
      { role: 'developer', content: [text('two'), text('three')] },
      USER,
      { role: 'system', content: 'four' },
      USER,
    ];
    const { body } = send({ messages });
    expect(body['system']).toEqual([text('one'), text('two'), text('three'), text('four')]);
    expect(body['messages']).toEqual([
      { role: 'user', content: [text('hi')] },
      { role: 'user', content: [text('hi')] },
    ]);
  });

  test('empty text is dropped, and the message with it when nothing is left', () => {
    const messages = [
      { role: 'system', content: '' },
      { role: 'user', content: [text(''), text('hi')] },
      { role: 'assistant', content: null },
      USER,
    ];
    const { body } = send({ messages });
    expect(body).not.toHaveProperty('system');
    expect(body['messages']).toEqual([
      { role: 'user', content: [text('hi')] },
      { role: 'user', content: [text('hi')] },
    ]);
  });

  test('a beginning of the reply loses its trailing white space', () => {
    const messages = [USER, { role: 'assistant', content: 'Answer: \n' }];
    expect(send({ messages }).body['messages']).toEqual([
      { role: 'user', content: [text('hi')] },
      { role: 'assistant', content: [text('Answer:')] },
    ]);
  });

  test('an earlier refusal stands in the history as text', () => {
    const messages = [
      USER,
      {
        role: 'assistant',
        content: null,
        refusal: 'I cannot.',
        annotations: [],
        audio: null,
        tool_calls: [],
      },
      USER,
    ];
    expect(send({ messages }).body['messages']).toContainEqual({
      role: 'assistant',
      content: [text('I cannot.')],
    });
  });

  test('stop as text or list; blank entries are dropped', () => {
    expect(send({ stop: 'END' }).body['stop_sequences']).toEqual(['END']);
    const sent = send({ stop: ['a', ' \n', 'b'] });
    expect(sent.body['stop_sequences']).toEqual(['a', 'b']);
    expect(sent.warnings).toEqual(['parameter_dropped=stop (blank)']);
    expect(send({ stop: ['\n'] }).body).not.toHaveProperty('stop_sequences');
  });

  test('user and safety_identifier become metadata.user_id', () => {
    expect(send({ user: 'u' }).body['metadata']).toEqual({ user_id: 'u' });
    expect(send({ user: 'u', safety_identifier: 's' }).body['metadata']).toEqual({ user_id: 's' });
  });

  test('a stream is asked for, without options that the wire does not know', () => {
    const { body, warnings } = send({ stream: true, stream_options: { include_usage: true } });
    expect(body['stream']).toBe(true);
    expect(body).not.toHaveProperty('stream_options');
    expect(warnings).toEqual([]);
  });
});

describe('the output limit', () => {
  const limit = (body: object, wanted: Partial<TargetRequest> = {}): unknown =>
    send({ max_tokens: undefined, ...body }, wanted).body['max_tokens'];

  test('wire case 81: the newer name wins', () => {
    expect(limit({ max_tokens: 1, max_completion_tokens: 2 })).toBe(2);
    expect(limit({ max_tokens: 0 })).toBe(0);
  });

  test('wire case 101: without one the default, else the model’s own, else 4,096 with a warning', () => {
    expect(limit({}, { params: { max_tokens: 7 }, maxOutputTokens: 64_000 })).toBe(7);
    expect(limit({}, { maxOutputTokens: 64_000 })).toBe(64_000);
    expect(limit({ max_tokens: null }, { params: { max_tokens: 7 }, maxOutputTokens: 64_000 })).toBe(64_000);
    const sent = send({ max_tokens: undefined });
    expect(sent.body['max_tokens']).toBe(4096);
    expect(sent.warnings).toEqual(['max_tokens_assumed=4096']);
  });
});

describe('sampling parameters', () => {
  test('a temperature above 1 is clamped', () => {
    const sent = send({ temperature: 1.7 });
    expect(sent.body['temperature']).toBe(1);
    expect(sent.warnings).toEqual(['parameter_clamped=temperature']);
  });

  test('of temperature and top_p only the first is sent', () => {
    const sent = send({ temperature: 0, top_p: 0.5, top_k: 3 });
    expect(sent.body).toMatchObject({ temperature: 0, top_k: 3 });
    expect(sent.body).not.toHaveProperty('top_p');
    expect(sent.warnings).toEqual(['parameter_dropped=top_p']);
    expect(send({ top_p: 0.5 }).body['top_p']).toBe(0.5);
  });

  test('wire case 102: a model that takes none is sent none, the lane’s defaults included', () => {
    const sent = send({ temperature: 0, top_k: 3 }, { modelId: 'claude-opus-4-7', params: { top_p: 0.9 } });
    expect(Object.keys(sent.body)).toEqual(['model', 'max_tokens', 'messages']);
    expect(sent.warnings).toEqual([
      'parameter_dropped=temperature',
      'parameter_dropped=top_p',
      'parameter_dropped=top_k',
    ]);
  });

  test('defaults apply, and what the client sent wins even as null', () => {
    expect(send({}, { params: { temperature: 0.3 } }).body['temperature']).toBe(0.3);
    expect(send({ temperature: null }, { params: { temperature: 0.3 } }).body).not.toHaveProperty(
      'temperature',
    );
  });
});

describe('what is dropped', () => {
  test('wire case 79: unknown keys, each with a warning', () => {
    const sent = send({ seed: 1, chat_template_kwargs: { a: 1 } });
    expect(Object.keys(sent.body)).toEqual(['model', 'max_tokens', 'messages']);
    expect(sent.warnings).toEqual(['parameter_dropped=seed', 'parameter_dropped=chat_template_kwargs']);
  });

  test('wire cases 78, 80: what says nothing is dropped without a word', () => {
    const silent = {
      seed: null,
      store: false,
      metadata: {},
      logit_bias: {},
      presence_penalty: 0,
      tools: [],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      n: 1,
      logprobs: false,
      modalities: ['text'],
      response_format: { type: 'text' },
      reasoning_effort: null,
    };
    expect(send(silent)).toEqual(send({}));
  });

  test('wire cases 88, 121, 146: names, cache marks and earlier reasoning, told once', () => {
    const messages = [
      { role: 'user', name: 'anna', content: [{ ...text('hi'), cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', content: 'a', reasoning_content: 'hm' },
      { role: 'user', name: 'bert', content: 'b' },
    ];
    expect(send({ messages }).warnings.sort()).toEqual([
      'parameter_dropped=messages.cache_control',
      'parameter_dropped=messages.name',
      'parameter_dropped=messages.reasoning_content',
    ]);
  });

  test('a flood of unknown keys does not flood the warnings', () => {
    const flood = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`key_${index}`.padEnd(300, 'x'), 1]),
    );
    const { warnings } = send(flood);
    expect(warnings).toHaveLength(16);
    expect(warnings.every((warning) => warning.length < 100)).toBe(true);
  });
});
