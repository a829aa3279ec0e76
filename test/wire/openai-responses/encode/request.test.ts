import { describe, expect, test } from 'vitest';
import type { Exchange, TargetRequest } from '../../../../src/wire/exchange.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import type { ResponsesFacts } from '../../../../src/wire/openai-responses/dialect.ts';
import { PROVIDER_TYPES } from '../../../../src/providers/index.ts';
import { responsesEndpoint } from '../../../support/responses-request.ts';
import { json, openAt } from '../../../support/wire.ts';

type Json = Readonly<Record<string, unknown>>;

interface Sent {
  readonly body: Json;
  readonly input: readonly Json[];
  readonly warnings: readonly string[];
  readonly added: readonly string[];
}

function sentOf({ body, warnings, added = [] }: Exchange): Sent {
  const parsed = JSON.parse(body.toString()) as Json;
  return {
    body: parsed,
    input: parsed['input'] as Json[],
    warnings: warnings.map(({ code, detail }) => `${code}=${detail}`),
    added: added.map(({ name }) => name),
  };
}

const USER = { role: 'user', content: 'hi' };

/** What a chat client's request becomes. */
function chat(body: object, facts: ResponsesFacts = {}, target: Partial<TargetRequest> = {}): Sent {
  const request = scanOpenAiChat(json({ model: 'm', messages: [USER], ...body }));
  return sentOf(openAt(request, [responsesEndpoint(facts)], target));
}

/** The same of a Messages client. */
function messages(body: object, facts: ResponsesFacts = {}, target: Partial<TargetRequest> = {}): Sent {
  const request = scanMessages(json({ model: 'm', max_tokens: 99, messages: [USER], ...body }));
  return sentOf(openAt(request, [responsesEndpoint(facts)], target));
}

const settings = PROVIDER_TYPES.find((each) => each.settings.type === 'openai')?.settings;
/** What OpenAI itself gets for one of its models that speak only this wire. */
function openAi(body: object, modelId = 'gpt-5-pro', target: Partial<TargetRequest> = {}): Sent {
  const endpoints = settings?.endpoints.filter(({ format }) => format === 'openai-responses') ?? [];
  const request = scanOpenAiChat(json({ model: 'm', messages: [USER], ...body }));
  return sentOf(openAt(request, endpoints, { modelId, ...target }));
}

describe('the conversation', () => {
  test('a plain question', () => {
    const { body, warnings } = chat({ max_tokens: 50, temperature: 0.5, top_p: 0.9, stream: true });
    expect(body).toEqual({
      model: 'upstream-model',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
      max_output_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      store: false,
      stream: true,
    });
    expect(warnings).toEqual([]);
  });

  test('wire case 191: system text at the beginning is the instructions, later one an item at its place', () => {
    const turns = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Be kind.' },
      USER,
      { role: 'system', content: 'Now be long.' },
      USER,
    ];
    const { body, input } = chat({ messages: turns });
    expect(body['instructions']).toBe('Be brief.\n\nBe kind.');
    expect(input.map(({ role }) => role)).toEqual(['user', 'system', 'user']);
    expect(openAi({ messages: turns }).input.map(({ role }) => role)).toEqual(['user', 'developer', 'user']);
  });

  test('system text alone is an item, since the input must not be empty', () => {
    const { body, input } = chat({ messages: [{ role: 'system', content: 'Say hi.' }] });
    expect(body['instructions']).toBeUndefined();
    expect(input).toMatchObject([{ role: 'system', content: [{ text: 'Say hi.' }] }]);
  });

  test('images and files go inline or as URLs, plain-text files as text', () => {
    const data = Buffer.from('abc').toString('base64');
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
      { type: 'image', source: { type: 'url', url: 'https://example.test/a.png' } },
      {
        type: 'document',
        title: 'a.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data },
      },
      { type: 'document', source: { type: 'url', url: 'https://example.test/a.pdf' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'abc' } },
    ];
    const [turn] = messages({ messages: [{ role: 'user', content }] }).input;
    expect(turn?.['content']).toEqual([
      { type: 'input_image', image_url: `data:image/png;base64,${data}`, detail: 'auto' },
      { type: 'input_image', image_url: 'https://example.test/a.png', detail: 'auto' },
      { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` },
      { type: 'input_file', file_url: 'https://example.test/a.pdf' },
      { type: 'input_text', text: 'abc' },
    ]);
  });

  test('calls and results keep their order and ids; an image in a result stays in it', () => {
    const call = (id: string): object => ({
      id,
      type: 'function',
      function: { name: 'look', arguments: '{}' },
    });
    const turns = [
      USER,
      { role: 'assistant', content: 'I look.', tool_calls: [call('call_a'), call('call_b')] },
      { role: 'tool', tool_call_id: 'call_a', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_b', content: 'wet' },
    ];
    expect(chat({ messages: turns }).input.slice(1)).toEqual([
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
      },
      { type: 'function_call', call_id: 'call_a', name: 'look', arguments: '{}' },
      { type: 'function_call', call_id: 'call_b', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_a', output: 'sunny' },
      { type: 'function_call_output', call_id: 'call_b', output: 'wet' },
    ]);
    const source = { type: 'base64', media_type: 'image/png', data: 'YQ==' };
    const used = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
    const result = {
      type: 'tool_result',
      tool_use_id: 'toolu_1',
      is_error: true,
      content: [
        { type: 'text', text: 'half' },
        { type: 'image', source },
      ],
    };
    const turn = [USER, { role: 'assistant', content: [used] }, { role: 'user', content: [result] }];
    expect(messages({ messages: turn }).input.at(-1)?.['output']).toEqual([
      { type: 'input_text', text: 'Error:' },
      { type: 'input_text', text: 'half' },
      { type: 'input_image', image_url: 'data:image/png;base64,YQ==', detail: 'auto' },
    ]);
  });

  test('wire case 188: a result without its call becomes text, a call without its result gets one', () => {
    const orphan = { role: 'tool', tool_call_id: 'call_x', content: 'sunny' };
    const { input, warnings } = chat({ messages: [USER, orphan] });
    expect(input.every(({ type }) => type === 'message')).toBe(true);
    expect(warnings).toEqual(['parameter_changed=messages (tool result without its call)']);
  });

  test('wire case 77: ids that are too long are shortened alike in call and result', () => {
    const id = 'call_'.padEnd(90, 'x');
    const call = { id, type: 'function', function: { name: 'look', arguments: '{}' } };
    const turns = [
      USER,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: '1' },
    ];
    const ids = openAi({ messages: turns }).input.flatMap((item) => item['call_id'] ?? []);
    expect(ids).toHaveLength(2);
    expect((ids[0] as string).length).toBeLessThanOrEqual(64);
    expect(ids[0]).toBe(ids[1]);
  });

  test('a final turn of the assistant is sent as a finished one, with a warning', () => {
    const { warnings } = messages({ messages: [USER, { role: 'assistant', content: 'The answer is' }] });
    expect(warnings).toContain('parameter_changed=messages (prefill as a finished turn)');
  });
});

describe('wire case 189: reasoning', () => {
  const used = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
  const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' };
  const turn = (...thinking: object[]): object[] => [
    USER,
    { role: 'assistant', content: [...thinking, used] },
    { role: 'user', content: [result] },
  ];

  test('goes back encrypted, before the call that it led to', () => {
    const signed = { type: 'thinking', thinking: 'I look.', signature: 'gAAA_1' };
    const { input } = messages({ messages: turn(signed) });
    expect(input.slice(1, 3)).toMatchObject([
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'I look.' }],
        encrypted_content: 'gAAA_1',
      },
      { type: 'function_call' },
    ]);
    expect(input[1]).not.toHaveProperty('id');
  });

  test('without a signature, or with nothing after it, is left out with a warning', () => {
    const unsigned = { role: 'assistant', content: 'x', reasoning_content: 'I look.' };
    expect(chat({ messages: [USER, unsigned, USER] })).toMatchObject({
      warnings: ['parameter_dropped=messages.thinking'],
      input: [{}, { type: 'message', role: 'assistant' }, {}],
    });
    const alone = { role: 'assistant', content: [{ type: 'thinking', thinking: 'a', signature: 'gAAA' }] };
    const { input, warnings } = messages({ messages: [USER, alone, USER] });
    expect(input.map(({ type }) => type)).toEqual(['message', 'message']);
    expect(warnings).toEqual(['parameter_dropped=messages.thinking']);
  });

  test('is asked for encrypted of models that reason, and not of others', () => {
    expect(openAi({})).toMatchObject({
      body: { include: ['reasoning.encrypted_content'] },
      added: ['include'],
    });
    expect(openAi({}, 'gpt-4o').body['include']).toBeUndefined();
    expect(openAi({}, 'gpt-5-pro', { withheld: ['include'] })).toMatchObject({
      warnings: ['parameter_dropped=include'],
    });
  });

  test('its effort is one that the model has; a summary is asked for where the client shows the thinking', () => {
    expect(openAi({ reasoning_effort: 'minimal' })).toMatchObject({
      body: { reasoning: { effort: 'low' } },
      added: ['reasoning.effort', 'include'],
      warnings: ['parameter_changed=reasoning_effort low'],
    });
    const thinking = { type: 'enabled', budget_tokens: 12_000 };
    expect(messages({ max_tokens: 20_000, thinking }).body['reasoning']).toEqual({
      effort: 'medium',
      summary: 'auto',
    });
  });
});

describe('tools', () => {
  const look = { name: 'look', description: 'Looks', parameters: { type: 'object', properties: {} } };

  test('are not strict unless the client says so, which this wire would assume', () => {
    const tools = [
      { type: 'function', function: look },
      { type: 'function', function: { ...look, name: 'find', strict: true } },
    ];
    const choice = { type: 'function', function: { name: 'find' } };
    const { body } = chat({ tools, tool_choice: choice, parallel_tool_calls: false });
    expect(body['tools']).toEqual([
      { type: 'function', ...look, strict: false },
      { type: 'function', ...look, name: 'find', strict: true },
    ]);
    expect(body).toMatchObject({
      tool_choice: { type: 'function', name: 'find' },
      parallel_tool_calls: false,
    });
  });

  test('wire cases 72, 73: names and schemas that the server refuses are changed, and the names restored', () => {
    const odd = { ...look, name: 'mcp.server/look', parameters: { anyOf: [{ type: 'object' }] } };
    const sent = openAi({ tools: [{ type: 'function', function: odd }] });
    const [tool] = sent.body['tools'] as Json[];
    expect(tool?.['name']).toMatch(/^[\w-]{1,64}$/);
    expect(tool?.['parameters']).not.toHaveProperty('anyOf');
    expect(sent.warnings[0]).toContain('parameter_changed=tools[0] (schema without anyOf');
  });
});

describe('other fields', () => {
  test('a JSON schema of the answer is enforced where the server accepts it as strict', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    const format = (more: object): object => ({
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { ...schema, ...more } } },
    });
    expect(openAi(format({ additionalProperties: false })).body['text']).toMatchObject({
      format: { type: 'json_schema', name: 'x', strict: true },
    });
    expect(openAi(format({})).warnings).toEqual(['parameter_changed=response_format (schema not enforced)']);
  });

  test('what this wire has not is dropped with a warning', () => {
    expect(chat({ stop: ['x'], seed: 1, top_k: 3, frequency_penalty: 1 }).warnings.toSorted()).toEqual([
      'parameter_dropped=frequency_penalty',
      'parameter_dropped=seed',
      'parameter_dropped=stop',
      'parameter_dropped=top_k',
    ]);
  });

  test('what it has in another place goes there', () => {
    const sent = openAi({
      verbosity: 'low',
      metadata: { a: '1' },
      prompt_cache_key: 'k',
      user: 'u'.repeat(70),
      service_tier: 'default',
    });
    expect(sent.body).toMatchObject({
      text: { verbosity: 'low' },
      metadata: { a: '1' },
      prompt_cache_key: 'k',
    });
    expect(sent.body['safety_identifier']).toMatch(/^[0-9a-f]{64}$/);
    expect(sent.body['service_tier']).toBe('default');
  });

  test('wire case 82: models that accept no sampling parameters get none', () => {
    const { body, warnings } = openAi({ temperature: 0.2 });
    expect(body['temperature']).toBeUndefined();
    expect(warnings).toEqual(['parameter_dropped=temperature']);
  });

  test('wire case 211: the output limit is one that model and server accept', () => {
    expect(openAi({ max_tokens: 1 })).toMatchObject({
      body: { max_output_tokens: 16 },
      warnings: ['parameter_changed=max_output_tokens (1 to 16)'],
    });
    expect(openAi({ max_tokens: 900 }, 'gpt-5-pro', { outputRoom: 500 }).body['max_output_tokens']).toBe(500);
  });

  test('defaults of the target get the names of this wire', () => {
    const params = {
      max_tokens: 64,
      reasoning_effort: 'high',
      verbosity: 'low',
      stop: ['x'],
    };
    const { body, warnings } = openAi({}, 'gpt-5-pro', { params });
    expect(body).toMatchObject({
      max_output_tokens: 64,
      reasoning: { effort: 'high' },
      text: { verbosity: 'low' },
    });
    expect(warnings).toEqual(['parameter_dropped=stop']);
  });
});
