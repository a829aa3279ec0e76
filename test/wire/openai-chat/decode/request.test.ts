import { describe, expect, test } from 'vitest';
import { decode, decodeBytes, refusal, USER } from '../../../support/openai-client.ts';

test('a plain request contains nothing that the client did not send', () => {
  expect(decode({})).toEqual({
    request: {
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi', cache: null }] }],
      tools: [],
      toolChoice: null,
      parallelTools: null,
      format: null,
      reasoning: null,
      maxOutputTokens: null,
      temperature: null,
      topP: null,
      topK: null,
      stop: [],
      user: null,
      serviceTier: null,
      stream: false,
    },
    warnings: [],
    includeUsage: false,
    legacyCalls: false,
  });
});

describe('what both wires can express is translated', () => {
  const request = (body: object): unknown => decode(body).request;

  test('sampling, stops, user', () => {
    expect(request({ temperature: 0, top_p: 0.5, top_k: 3, stop: 'END', user: 'u' })).toMatchObject({
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stop: ['END'],
      user: 'u',
    });
    expect(request({ stop: ['a', 'b'], user: 'u', safety_identifier: 's' })).toMatchObject({
      stop: ['a', 'b'],
      user: 's',
    });
  });

  test('wire case 81: the newer name of the output limit wins; below 0 there is none', () => {
    expect(request({ max_tokens: 1, max_completion_tokens: 2 })).toMatchObject({ maxOutputTokens: 2 });
    expect(request({ max_tokens: 1, max_completion_tokens: null })).toMatchObject({ maxOutputTokens: 1 });
    expect(request({ max_tokens: 0 })).toMatchObject({ maxOutputTokens: 0 });
    expect(request({ max_tokens: -1 })).toMatchObject({ maxOutputTokens: null });
  });

  test('wire case 97: tiers with an equivalent; others are dropped with a warning', () => {
    expect(request({ service_tier: 'default' })).toMatchObject({ serviceTier: 'default' });
    expect(decode({ service_tier: 'flex' })).toMatchObject({
      request: { serviceTier: null },
      warnings: ['parameter_dropped=service_tier'],
    });
  });

  test('all values of the reasoning effort, including Groq’s default and Ollama’s ultra', () => {
    for (const effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']) {
      expect(request({ reasoning_effort: effort })).toMatchObject({ reasoning: { effort } });
    }
    expect(request({ reasoning_effort: 'default' })).toMatchObject({ reasoning: null });
    expect(request({ reasoning_effort: 'ultra' })).toMatchObject({ reasoning: { effort: 'max' } });
    expect(refusal({ reasoning_effort: 'hard' })).toBe('invalid_body reasoning_effort');
    for (const [think, effort] of [
      [true, 'medium'],
      [false, 'none'],
      ['low', 'low'],
    ])
      expect(request({ think })).toMatchObject({ reasoning: { effort } });
    expect(request({ think: true, reasoning_effort: 'none' })).toMatchObject({
      reasoning: { effort: 'none' },
    });
  });

  test('response formats', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: 2 } } };
    const named = { name: 'n', description: 'd', schema, strict: true };
    expect(request({ response_format: { type: 'text' } })).toMatchObject({ format: null });
    expect(request({ response_format: { type: 'json_object' } })).toMatchObject({
      format: { type: 'json-object' },
    });
    expect(request({ response_format: { type: 'json_schema', json_schema: named } })).toMatchObject({
      format: { type: 'json-schema', ...named },
    });
    // llama.cpp's format
    expect(request({ response_format: { type: 'json_object', schema } })).toMatchObject({
      format: { type: 'json-schema', name: 'response', schema },
    });
    expect(refusal({ response_format: { type: 'structural_tag' } })).toBe(
      'unsupported_parameter response_format.type',
    );
    expect(refusal({ response_format: { type: 'json_schema' } })).toBe(
      'invalid_body response_format.json_schema',
    );
  });

  test('wire cases 41, 94: only its flag requests usage; the options apply to streams only', () => {
    const asked = (stream_options: unknown): boolean => decode({ stream: true, stream_options }).includeUsage;
    expect(asked({ include_usage: true })).toBe(true);
    expect(asked({ include_usage: false })).toBe(false);
    expect(asked(null)).toBe(false);
    expect(decode({ stream_options: { include_usage: true } }).warnings).toEqual([]);
  });
});

describe('what no translation can express', () => {
  test.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'alloy', format: 'mp3' } }, 'audio'],
    [{ web_search_options: {} }, 'web_search_options'],
  ])('wire case 92: %j is rejected: a reply that ignores it would be wrong', (body, param) => {
    expect(refusal(body)).toBe(`unsupported_parameter ${param}`);
  });

  test('wire case 79: keys that only influence sampling, and unknown keys, are dropped with a warning each', () => {
    const coloured = {
      logit_bias: { 5: 1 },
      prediction: { type: 'content', content: 'a' },
      store: true,
      chat_template_kwargs: { enable_thinking: false },
    };
    expect(decode(coloured).warnings).toEqual(
      Object.keys(coloured).map((name) => `parameter_dropped=${name}`),
    );
  });

  test('wire cases 78, 80: explicit nulls and no-op values are dropped without a warning', () => {
    const silent = {
      seed: null,
      store: false,
      logit_bias: {},
      top_logprobs: 0,
      tools: [],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      n: 1,
      logprobs: false,
      modalities: ['text'],
      response_format: { type: 'text' },
      reasoning_effort: null,
      temperature: null,
      stop: null,
      max_tokens: null,
      functions: null,
      audio: null,
      user: '',
    };
    expect(decode(silent)).toEqual(decode({}));
  });

  test('the number of warnings about unknown keys is limited', () => {
    const flood = Array.from({ length: 500 }, (_, index) => [`key_${index}`.padEnd(300, 'x'), 1]);
    const { warnings } = decode(Object.fromEntries(flood) as object);
    expect(warnings).toHaveLength(16);
    expect(warnings.every((warning) => warning.length < 100)).toBe(true);
  });

  test.each([
    [{ temperature: 'hot' }, 'temperature'],
    [{ max_tokens: '10' }, 'max_tokens'],
    [{ stop: [1] }, 'stop'],
    [{ user: 5 }, 'user'],
    [{ service_tier: 1 }, 'service_tier'],
    [{ response_format: 'json' }, 'response_format'],
  ])('a value of a wrong type that must be translated is named: %j', (body, param) => {
    expect(refusal(body)).toBe(`invalid_body ${param}`);
  });
});

describe('defaults of a node or lane', () => {
  test('apply to keys that the client did not send, not even as null', () => {
    const params = { temperature: 0.3, max_tokens: 7, reasoning_effort: 'low' };
    expect(decode({}, params).request).toMatchObject({
      temperature: 0.3,
      maxOutputTokens: 7,
      reasoning: { effort: 'low' },
    });
    const said = { temperature: null, max_tokens: null, reasoning_effort: null };
    expect(decode(said, params).request).toMatchObject({
      temperature: null,
      maxOutputTokens: null,
      reasoning: null,
    });
  });

  test('a default under the newer name does not override the client’s limit', () => {
    expect(decode({ max_tokens: 5 }, { max_completion_tokens: 100 }).request.maxOutputTokens).toBe(5);
  });

  test('that cannot be translated only cause a warning: the client did not send them', () => {
    expect(decode({}, { logprobs: true, reasoning_effort: 'wild' }).warnings).toEqual([
      'parameter_dropped=logprobs',
      'parameter_dropped=reasoning_effort',
    ]);
  });
});

describe('odd bodies', () => {
  test('wire case 98: prototype keys have no effect', () => {
    const body =
      '{"__proto__":{"temperature":1,"tools":[1]},"constructor":{"n":2},"messages":[{"role":"user","content":"hi","__proto__":{"name":"x"}}]}';
    expect(decodeBytes(Buffer.from(body)).request).toEqual(decode({}).request);
    expect(({} as Record<string, unknown>)['temperature']).toBeUndefined();
  });

  test('wire case 99: a number beyond 2^53 in the arguments of a call keeps its digits', () => {
    const args = '{"id":9007199254740993}';
    const calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }];
    const { messages } = decode({ messages: [USER, { role: 'assistant', tool_calls: calls }] }).request;
    expect(messages[1]?.parts[0]).toMatchObject({ arguments: args });
  });

  test('a large body with an invalid string, which the scan accepted, is reported as invalid JSON', () => {
    const body = Buffer.from(`{"messages":[{"role":"user","content":"${'x'.repeat(20_000)}\\q"}]}`);
    expect(() => decodeBytes(body)).toThrow(expect.objectContaining({ code: 'invalid_json' }) as Error);
  });
});
