import { expect, test } from 'vitest';
import { decode, refusal } from '../../../support/responses-client.ts';

test('parameters, and the fields that some upstreams have, are read under their names here', () => {
  const schema = { type: 'object', properties: {} };
  const { request, warnings } = decode({
    ...{ max_output_tokens: 9, temperature: 0.5, top_p: 0.9, user: 'u', safety_identifier: 's' },
    ...{
      service_tier: 'auto',
      store: false,
      truncation: 'disabled',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
    },
    ...{ client_metadata: { x: 'y' }, stream_options: { include_obfuscation: false }, background: false },
    reasoning: { effort: 'high', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'n', strict: true, schema }, verbosity: 'low' },
  });
  expect(request).toMatchObject({
    ...{
      maxOutputTokens: 9,
      temperature: 0.5,
      topP: 0.9,
      topK: null,
      stop: [],
      user: 's',
      serviceTier: 'auto',
    },
    reasoning: { effort: 'high', budgetTokens: null, display: 'summarized' },
    format: { type: 'json-schema', name: 'n', description: null, schema, strict: true },
    extras: { verbosity: 'low', metadata: { a: 'b' }, prompt_cache_key: 'k' },
    stream: false,
  });
  expect(warnings).toEqual([]);
});

test('what the client left out comes from the defaults of the target, and a null suppresses them', () => {
  const params = {
    temperature: 0.1,
    max_tokens: 7,
    reasoning_effort: 'low',
    stop: ['x'],
    top_k: 3,
    tools: [{}],
  };
  const { request, warnings } = decode({ reasoning: { summary: 'auto' } }, params);
  expect(request).toMatchObject({
    ...{ temperature: 0.1, maxOutputTokens: 7, stop: ['x'], topK: 3, reasoning: { effort: 'low' } },
  });
  expect(warnings).toEqual(['parameter_dropped=tools']);
  expect(decode({ temperature: null }, params).request.temperature).toBeNull();
});

test('wire case 192: fields that need a stored conversation are refused by name, with what to send instead', () => {
  for (const [param, value, words] of [
    ['previous_response_id', 'resp_1', 'whole conversation in "input"'],
    ['conversation', 'conv_1', 'whole conversation in "input"'],
    ['prompt', { id: 'p' }, '"instructions"'],
    ['background', true, 'stores no responses'],
    ['context_management', [{ type: 'compaction' }], 'shorten "input"'],
  ] as const) {
    const error = refusal({ [param]: value });
    expect(error).toMatchObject({ code: 'unsupported_parameter', param });
    expect(error.message).toContain(words);
    expect(decode({ [param]: null }).warnings).toEqual([]);
  }
  expect(refusal({ input: undefined, previous_response_id: 'resp_1' })).toMatchObject({
    param: 'previous_response_id',
  });
});

test('log probabilities are refused, as for chats', () => {
  expect(refusal({ top_logprobs: 2 })).toMatchObject({
    code: 'unsupported_parameter',
    param: 'top_logprobs',
  });
  const include = ['reasoning.encrypted_content', 'message.output_text.logprobs'];
  expect(refusal({ include })).toMatchObject({ code: 'unsupported_parameter', param: 'include[1]' });
  expect(decode({ top_logprobs: 0, include: ['web_search_call.results'] }).warnings).toEqual([]);
});

test('fields that no other wire has are dropped with a warning each, storing among them', () => {
  expect(
    decode({ store: true, truncation: 'auto', max_tool_calls: 3, logit_bias: {}, service_tier: 'flex' })
      .warnings,
  ).toEqual([
    'parameter_dropped=store',
    'parameter_dropped=truncation',
    'parameter_dropped=max_tool_calls',
    'parameter_dropped=logit_bias',
    'parameter_dropped=service_tier',
  ]);
});

test.each([
  [{ temperature: 'hot' }, 'temperature'],
  [{ max_output_tokens: '9' }, 'max_output_tokens'],
  [{ reasoning: 'high' }, 'reasoning'],
  [{ reasoning: { effort: 'huge' } }, 'reasoning.effort'],
  [{ text: 'x' }, 'text'],
  [{ text: { format: 'x' } }, 'text.format'],
  [{ text: { format: { type: 'json_schema', name: 'n', schema: 7 } } }, 'text.format.schema'],
  [{ include: 'x' }, 'include'],
])('a wrong shape is refused by its path: %j', (body, param) => {
  expect(refusal(body)).toMatchObject({ code: 'invalid_body', param });
});
