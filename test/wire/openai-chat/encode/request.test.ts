import { describe, expect, test } from 'vitest';
import { groqType } from '../../../../src/providers/groq/settings.ts';
import { llamaCppType } from '../../../../src/providers/llamacpp/settings.ts';
import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import { chatDialectOf, encode, text, user } from '../../../support/openai-upstream.ts';

const openAi = chatDialectOf(openAiType);
const ollama = chatDialectOf(ollamaType);
const llamaCpp = chatDialectOf(llamaCppType);
const groq = chatDialectOf(groqType);
const vllm = chatDialectOf(vllmType);

const weather = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: null,
  cache: null,
};
const clock = { ...weather, name: 'clock', description: null, strict: true };

describe('a neutral request as an OpenAI body', () => {
  test('a plain one holds the model, the messages and nothing else', () => {
    expect(encode({})).toMatchObject({
      body: { model: 'upstream-model', messages: [{ role: 'user', content: 'hi' }] },
      warnings: [],
      toolNames: undefined,
    });
    expect(Object.keys(encode({}).body)).toEqual(['model', 'messages']);
  });

  test('sampling, stop and user', () => {
    const { body, warnings } = encode({ temperature: 0, topP: 0.5, stop: ['a', 'b'], user: 'u-1' });
    expect(body).toMatchObject({ temperature: 0, top_p: 0.5, stop: ['a', 'b'], user: 'u-1' });
    expect(warnings).toEqual([]);
  });

  test('wire case 81: the limit goes out under the one name that the server knows', () => {
    const limit = { maxOutputTokens: 0 };
    expect(encode(limit).body).toMatchObject({ max_tokens: 0 });
    expect(encode(limit, ollama).body).toMatchObject({ max_tokens: 0 });
    const { body } = encode(limit, openAi);
    expect(body).toMatchObject({ max_completion_tokens: 0 });
    expect(body).not.toHaveProperty('max_tokens');
  });

  test('wire case 82: a model that refuses sampling gets none, with a warning', () => {
    const request = { temperature: 0.2, topP: 0.9 };
    const { body, warnings } = encode(request, openAi, {
      modelId: 'o3-mini',
      params: { logit_bias: { 1: 1 } },
    });
    expect(Object.keys(body)).toEqual(['model', 'messages']);
    expect(warnings).toEqual([
      'parameter_dropped=temperature',
      'parameter_dropped=top_p',
      'parameter_dropped=logit_bias',
    ]);
    expect(encode(request, openAi, { modelId: 'gpt-4.1' }).body).toMatchObject({ temperature: 0.2 });
  });

  test('top_k goes only to servers that accept it', () => {
    expect(encode({ topK: 40 }, llamaCpp).body).toMatchObject({ top_k: 40 });
    expect(encode({ topK: 40 }, vllm).body).toMatchObject({ top_k: 40 });
    const sent = encode({ topK: 40 }, openAi, { modelId: 'gpt-4.1' });
    expect(sent.body).not.toHaveProperty('top_k');
    expect(sent.warnings).toEqual(['parameter_dropped=top_k']);
  });

  test('wire case 97: a service tier that the server does not know is dropped', () => {
    expect(encode({ serviceTier: 'default' }, openAi).body).toMatchObject({ service_tier: 'default' });
    expect(encode({ serviceTier: 'auto' }, groq).body).toMatchObject({ service_tier: 'auto' });
    const sent = encode({ serviceTier: 'default' }, groq);
    expect(sent.body).not.toHaveProperty('service_tier');
    expect(sent.warnings).toEqual(['parameter_dropped=service_tier']);
  });

  test('a user id over 64 characters, which OpenAI rejects, goes out as its hash', () => {
    const long = `user_${'a'.repeat(70)}`;
    const one = encode({ user: long });
    expect(one.body['user']).toMatch(/^[0-9a-f]{64}$/);
    expect(one.warnings).toEqual(['parameter_changed=user hashed']);
    expect(encode({ user: long }).body['user']).toBe(one.body['user']);
    expect(encode({ user: `${long}b` }).body['user']).not.toBe(one.body['user']);
  });

  test('a stream requests its usage where the server can report it', () => {
    expect(encode({ stream: true }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(encode({ stream: true }, { streamUsage: false }).body).not.toHaveProperty('stream_options');
    expect(encode({ stream: true }, { refuses: ['stream_options'] }).body).not.toHaveProperty(
      'stream_options',
    );
    expect(encode({}).body).not.toHaveProperty('stream_options');
  });

  test('what the dialect refuses is dropped with a warning', () => {
    const sent = encode({ stop: ['x'], user: 'u' }, { refuses: ['stop'] });
    expect(sent.body).not.toHaveProperty('stop');
    expect(sent.warnings).toEqual(['parameter_dropped=stop']);
  });

  test('a target’s defaults that no other wire can express still reach the server', () => {
    const params = {
      seed: 7,
      min_p: 0.1,
      logprobs: true,
      temperature: 0.3,
      model: 'x',
      max_tokens: 5,
      top_k: null,
    };
    const { body, warnings } = encode({}, { refuses: ['logprobs'] }, { params });
    expect(body).toEqual({
      model: 'upstream-model',
      messages: [{ role: 'user', content: 'hi' }],
      seed: 7,
      min_p: 0.1,
    });
    expect(warnings).toEqual(['parameter_dropped=logprobs']);
  });

  test('response formats', () => {
    expect(encode({ format: { type: 'json-object' } }).body).toMatchObject({
      response_format: { type: 'json_object' },
    });
    const schema = { type: 'object', properties: {} };
    const format = { type: 'json-schema', name: 'n', description: null, schema, strict: true } as const;
    expect(encode({ format }).body['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'n', schema, strict: true },
    });
  });
});

describe('tools', () => {
  test('are written as functions; absent fields stay absent', () => {
    const { body } = encode({
      tools: [weather, clock],
      toolChoice: { type: 'required' },
      parallelTools: false,
    });
    expect(body).toMatchObject({ tool_choice: 'required', parallel_tool_calls: false });
    const { parameters } = weather;
    expect(body['tools']).toEqual([
      {
        type: 'function',
        function: { name: 'get_weather', description: 'Weather of a city', parameters },
      },
      { type: 'function', function: { name: 'clock', parameters, strict: true } },
    ]);
  });

  test('wire case 78: without tools there is no tool choice', () => {
    const { body } = encode({ toolChoice: { type: 'required' }, parallelTools: false });
    expect(Object.keys(body)).toEqual(['model', 'messages']);
  });

  test('a choice by name is written by name; llama.cpp, which treats that as auto, gets only that tool', () => {
    const request = { tools: [weather, clock], toolChoice: { type: 'tool', name: 'clock' } } as const;
    expect(encode(request).body['tool_choice']).toEqual({ type: 'function', function: { name: 'clock' } });
    const { body } = encode(request, llamaCpp);
    expect(body['tool_choice']).toBe('required');
    expect(body['tools']).toMatchObject([{ function: { name: 'clock' } }]);
  });

  test('wire case 72: a name that OpenAI rejects gets a stable replacement, which is mapped back', () => {
    const long = `mcp__server__${'x'.repeat(80)}`;
    const tools = [
      { ...weather, name: 'files.read/all' },
      { ...weather, name: long },
      { ...weather, name: `${long}y` },
    ];
    const one = encode({ tools, toolChoice: { type: 'tool', name: 'files.read/all' } });
    const names = (one.body['tools'] as { function: { name: string } }[]).map((tool) => tool.function.name);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(new Set(names).size).toBe(3);
    expect(one.body['tool_choice']).toEqual({ type: 'function', function: { name: names[0] } });
    expect(names.map((name) => one.toolNames?.get(name))).toEqual(tools.map(({ name }) => name));
    const messages = [
      user(text('go')),
      {
        role: 'assistant' as const,
        parts: [{ type: 'tool-call' as const, id: 'c', name: long, arguments: '{}', cache: null }],
      },
    ];
    expect(encode({ messages }).messages).toMatchObject([
      {},
      { tool_calls: [{ function: { name: names[1] } }] },
      { role: 'tool' },
    ]);
    expect(encode({ tools }, ollama).toolNames).toBeUndefined();
  });
});
