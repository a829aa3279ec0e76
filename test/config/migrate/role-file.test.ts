import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/config/files/json.ts';
import type { Conversion } from '../../../src/config/migrate/conversion.ts';
import { convertRoleFile } from '../../../src/config/migrate/role-file.ts';
import { known, ROLE_FILE } from './older.ts';

function convert(content: JsonObject, user: JsonObject = {}): Conversion {
  return convertRoleFile(content, known(user));
}

/** Why something was left, by its place in the older file. */
function left({ left: entries }: Conversion): Record<string, string> {
  return Object.fromEntries(entries.map(({ from, reason }) => [from, reason]));
}

test('the role file of the documentation: role, profile and cloud', () => {
  const { values, taken, left: rest, keys } = convert(ROLE_FILE);
  expect(values).toEqual({
    models: {
      'ollama/mistral:latest': {
        capabilities: {
          context_length: 32000,
          quantization: 'Q4_K_M',
          parameter_count: 7_240_000_000,
          reasoning_strength: 0.7,
          coding_strength: 0.6,
          memory_gb_estimate: 5,
        },
      },
    },
    lanes: {
      planner: {
        preferred: ['ollama/llama3.1:8b', 'ollama/mistral:latest'],
        requirements: ROLE_FILE.role_mappings.planner.requirements,
        cloud_fallback: ['openai/gpt-4o-mini'],
      },
    },
  });
  expect(taken).toEqual([
    { from: 'cloud_providers.openai', to: null, note: 'provider "openai" is configured already' },
    { from: 'model_profiles["mistral:latest"]', to: ['models', 'ollama/mistral:latest'], note: '' },
    { from: 'role_mappings.planner', to: ['lanes', 'planner'], note: '' },
  ]);
  expect([rest, keys]).toEqual([[], []]);
});

test('a role without a cloud fallback stays off clouds, which the default lane would otherwise bring in', () => {
  const { values, taken } = convert({ role_mappings: { critic: { preferred: ['mistral:latest'] } } });
  expect(values).toEqual({
    lanes: { critic: { preferred: ['ollama/mistral:latest'], cloud_fallback: [], cloud: false } },
  });
  expect(taken[0]?.note).toContain('stays off all clouds');
});

test('a role that prefers a cloud, or whose fallback is not configured, is not kept off clouds', () => {
  const roles = {
    one: { preferred: ['openai:gpt-4o'] },
    two: { preferred: ['mistral'], cloud_fallback: ['mistral:large'] },
  };
  const { values } = convert({ role_mappings: roles });
  expect(values['lanes']).toEqual({
    one: { preferred: ['openai/gpt-4o'], cloud_fallback: [] },
    two: { preferred: ['ollama/mistral:latest'], cloud_fallback: [] },
  });
});

test('requirements of the shipped lane of the same name do not remain', () => {
  const lanes = (role: JsonObject): unknown =>
    (convert({ role_mappings: { planner: role } }).values['lanes'] as JsonObject)['planner'];
  expect(lanes({ requirements: { reasoning_strength: 0.5, supports_function_calling: true } })).toMatchObject(
    {
      requirements: {
        reasoning_strength: 0.5,
        supports_tools: true,
        context_length_min: null,
        memory_gb_max: null,
      },
    },
  );
  expect(lanes({ preferred: 'mistral' })).toMatchObject({ requirements: null });
});

test('what remains of a shipped lane is named', () => {
  const { taken } = convert({
    role_mappings: { coder: { preferred: ['mistral'], cloud_fallback: 'openai:gpt-4o' } },
  });
  expect(taken[0]?.note).toBe('lane coder exists already: its params remain');
});

test('names of roles become names of lanes; a lane that differs only in - and _ is the same', () => {
  const { values, left: rest } = convert({
    role_mappings: { 'Code Reviewer': 'mistral', 'fast-rag': ['mistral'], fast_rag: 'x', auto: 'y', odd: 7 },
  });
  expect(Object.keys(values['lanes'] as object)).toEqual(['code_reviewer', 'fast_rag']);
  expect(left({ left: rest } as unknown as Conversion)).toEqual({
    'role_mappings.fast_rag': 'is the same lane as role "fast-rag"; rename one of them',
    'role_mappings.auto': expect.stringContaining('reserved name') as unknown,
    'role_mappings.odd': expect.stringContaining('must be an object') as unknown,
  });
});

test('temperature, top_p and max_tokens of a role become its params', () => {
  const { values } = convert({
    role_mappings: { writer: { preferred: 'mistral', temperature: 0.9, max_tokens: 99 } },
  });
  expect(values).toMatchObject({ lanes: { writer: { params: { temperature: 0.9, max_tokens: 99 } } } });
});

test('every key that is not taken over is named by its place in the older file, with the reason', () => {
  const conversion = convert({
    version: 3,
    role_mappings: {
      writer: {
        preferred: ['mistral', 7, ''],
        cloud_fallback: ['gpt-4o-mini', 'nowhere:x'],
        requirements: { reasoning_strength: 3, speed: 'fast' },
        max_latency_ms: 5,
      },
    },
    model_profiles: {
      'qwen2.5:7b': { description: 'd', capabilities: { model_size: '7B', parameter_count: 8e9, vram: 4 } },
      y: { provider: 'nowhere' },
      z: 4,
    },
    cloud_providers: { openai: { timeout: 30, models: ['gpt-9', 4] }, unheard: {}, list: [] },
  });
  expect(left(conversion)).toEqual({
    version: expect.stringContaining('unknown key') as unknown,
    'cloud_providers.unheard': 'has no address; write "api_endpoint"',
    'cloud_providers.list': 'must be an object',
    'cloud_providers.openai.models[1]': 'is not the name of a model',
    'cloud_providers.openai.timeout': expect.stringContaining('unknown key; time limits') as unknown,
    'model_profiles["qwen2.5:7b"].description': expect.stringContaining('unknown key') as unknown,
    'model_profiles["qwen2.5:7b"].capabilities.model_size': expect.stringContaining('contradicts') as unknown,
    'model_profiles["qwen2.5:7b"].capabilities.vram': expect.stringContaining('unknown key') as unknown,
    'model_profiles.y': expect.stringContaining('no provider "nowhere"') as unknown,
    'model_profiles.z': 'must be an object',
    'role_mappings.writer.preferred[1]': 'is not the name of a model',
    'role_mappings.writer.preferred[2]': 'is empty',
    'role_mappings.writer.cloud_fallback[1]': expect.stringContaining('no provider "nowhere"') as unknown,
    'role_mappings.writer.requirements.reasoning_strength': 'must be at most 1',
    'role_mappings.writer.requirements.speed': expect.stringContaining('unknown key') as unknown,
    'role_mappings.writer.max_latency_ms': expect.stringContaining('unknown key') as unknown,
  });
  expect(conversion.values).toEqual({
    models: {
      'openai/gpt-9': {},
      'ollama/qwen2.5:7b': { capabilities: { parameter_count: 8e9 } },
    },
    lanes: {
      writer: {
        preferred: ['ollama/mistral:latest'],
        cloud_fallback: ['openai/gpt-4o-mini'],
      },
    },
  });
});

test('a profile may have its capabilities at its own level, and name its provider', () => {
  const { values } = convert({
    model_profiles: {
      'gpt-9': { provider: 'OpenAI', context_length: 9000, supports_function_calling: true },
    },
  });
  expect(values).toEqual({
    models: { 'openai/gpt-9': { capabilities: { context_length: 9000, supports_tools: true } } },
  });
});

test('a model that is described twice is named, and the first description counts', () => {
  const { values, left: rest } = convert({
    model_profiles: {
      mistral: { speed: 'fast' },
      'mistral:latest': { speed: 'slow' },
    },
  });
  expect(values).toEqual({ models: { 'ollama/mistral:latest': { speed: 'fast' } } });
  expect(rest).toEqual([
    {
      from: 'model_profiles["mistral:latest"]',
      reason: 'model "ollama/mistral:latest" is described twice; this description is ignored',
    },
  ]);
});

test('sections that files have today are taken over as they are', () => {
  const { values } = convert({ role_mappings: {}, aliases: { best: 'lane:coder' }, $schema: 'x' });
  expect(values).toEqual({ aliases: { best: 'lane:coder' } });
});

test('a file with thousands of entries is converted', () => {
  const profiles = Object.fromEntries(
    Array.from({ length: 2000 }, (_, index) => [
      `m${index}:latest`,
      { capabilities: { context_length: 100 } },
    ]),
  );
  expect(Object.keys(convert({ model_profiles: profiles }).values['models'] as object)).toHaveLength(2000);
});
