import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/config/files/json.ts';
import { formatPath } from '../../../src/config/faults.ts';
import type { Conversion } from '../../../src/config/migrate/conversion.ts';
import { convertEnvironment } from '../../../src/config/migrate/env-file.ts';
import { known } from './older.ts';

function convert(variables: Record<string, string>, user: JsonObject = {}): Conversion {
  return convertEnvironment(variables, known(user));
}

/** What each variable became. */
function outcome({ taken, left }: Conversion): Record<string, string> {
  return Object.fromEntries([
    ...taken.map(({ from, to, note }) => [from, `${to === null ? '-' : formatPath(to)} ${note}`.trim()]),
    ...left.map(({ from, reason }) => [from, `left: ${reason}`]),
  ]) as Record<string, string>;
}

test('the variables of the lanes put their models first, and keep the rest of the chain', () => {
  const conversion = convert({
    ARGOS_LLM_BASE_URL: 'http://127.0.0.1:8000/v1',
    ARGOS_LLM_MODEL: 'DeepSeek-R1-Distill-Qwen-32B',
    ARGOS_LLM_BACKEND: 'vllm',
    ARGOS_LANE_CODER_MODEL: 'Qwen3-Coder',
    LANEWAY_LANE_SUPER_READER_URL: 'http://localhost:8080/v1',
    LANEWAY_LANE_SUPER_READER_MODEL: 'nemotron-4m',
    LANEWAY_LANE_SUPER_READER_MODEL_PATH: '/models/nemotron-4m.gguf',
  });
  expect(conversion.values).toEqual({
    lanes: {
      orchestrator: { preferred: ['vllm/DeepSeek-R1-Distill-Qwen-32B', 'ollama/qwen2.5:14b'] },
      coder: {
        preferred: ['vllm/Qwen3-Coder', 'vllm/Qwen2.5-Coder-32B-Instruct', 'ollama/qwen2.5-coder:14b'],
      },
      super_reader: { preferred: ['llamacpp/nemotron-4m', 'llamacpp/Nemotron-8B-UltraLong-4M'] },
    },
    models: { 'llamacpp/nemotron-4m': { path: '/models/nemotron-4m.gguf' } },
  });
  expect(outcome(conversion)).toEqual({
    ARGOS_LLM_BASE_URL: '- provider "vllm" has this address already',
    ARGOS_LLM_MODEL: 'lanes.orchestrator.preferred',
    ARGOS_LLM_BACKEND: '- provider "vllm" has this type already',
    ARGOS_LANE_CODER_MODEL: 'lanes.coder.preferred',
    LANEWAY_LANE_SUPER_READER_URL: '- provider "llamacpp" has this address already',
    LANEWAY_LANE_SUPER_READER_MODEL: expect.stringContaining(
      'a llama-server has to list this name',
    ) as unknown,
    LANEWAY_LANE_SUPER_READER_MODEL_PATH: 'models["llamacpp/nemotron-4m"].path',
  });
});

test('a server that no file has becomes a provider, and its key another variable', () => {
  const { values, keys } = convert({
    LANEWAY_LANE_CODER_URL: 'https://coder.example/v1',
    LANEWAY_LANE_CODER_MODEL: 'x',
    LANEWAY_LANE_CODER_BACKEND: 'openai',
    LANEWAY_LANE_CODER_API_KEY: 'fake-canary',
  });
  expect(values).toMatchObject({
    providers: {
      'llm-coder': {
        type: 'openai_compatible',
        base_url: 'https://coder.example/v1',
        api_key: 'env:LLM_CODER_API_KEY',
      },
    },
    lanes: { coder: { preferred: ['llm-coder/x', 'vllm/Qwen2.5-Coder-32B-Instruct', expect.anything()] } },
  });
  expect(keys).toEqual([
    {
      from: 'LANEWAY_LANE_CODER_API_KEY',
      reference: 'env:LLM_CODER_API_KEY',
      advice: expect.stringContaining('rename LANEWAY_LANE_CODER_API_KEY to LLM_CODER_API_KEY') as unknown,
    },
  ]);
  expect(JSON.stringify([values, keys])).not.toContain('canary');
});

test('a lane without a model is named: files name each model', () => {
  const conversion = convert({ ARGOS_LANE_GOVERNANCE_URL: 'http://127.0.0.1:8081/v1' });
  expect(Object.keys(conversion.values)).toEqual(['providers']);
  expect(outcome(conversion)).toEqual({
    ARGOS_LANE_GOVERNANCE_URL: 'providers.llm-governance',
    ARGOS_LANE_GOVERNANCE_MODEL: expect.stringContaining('left: is not set') as unknown,
  });
});

test('a lane that only variables name is a new one, with the nearest known', () => {
  const conversion = convert({ ARGOS_LANE_CODR_MODEL: 'm', ARGOS_LANE_CODR_URL: 'http://127.0.0.1:8000/v1' });
  expect(conversion.values).toEqual({ lanes: { codr: { preferred: ['vllm/m'] } } });
  expect(outcome(conversion)['ARGOS_LANE_CODR_MODEL']).toBe(
    'lanes.codr.preferred lane "codr" is new; did you mean "coder"?',
  );
});

test('the model bar: the chosen provider, its model by the name of its file, and the other servers', () => {
  const conversion = convert({
    PROVIDER: 'llamacpp',
    LLAMACPP_CHAT_MODEL: '/srv/models/qwen2.5-1.5b-q4.gguf',
    LLAMACPP_MODELS_DIR: '/srv/models',
    DEFAULT_OLLAMA_LLM_MODEL: 'llama3',
    OLLAMA_HOST: '0.0.0.0:11500',
    LMSTUDIO_URL: 'http://127.0.0.1:1234/v1',
    OPENAI_API_KEY: 'fake-canary',
  });
  expect(conversion.values).toMatchObject({
    providers: {
      ollama: { base_url: 'http://127.0.0.1:11500' },
      lmstudio: { type: 'openai_compatible', base_url: 'http://127.0.0.1:1234/v1' },
      llamacpp: { models_dir: '/srv/models' },
    },
    lanes: {
      orchestrator: { preferred: ['llamacpp/qwen2.5-1.5b-q4.gguf', expect.anything(), expect.anything()] },
    },
  });
  expect(outcome(conversion)).toMatchObject({
    PROVIDER: expect.stringContaining('lanes.orchestrator.preferred') as unknown,
    DEFAULT_OLLAMA_LLM_MODEL: 'left: ignored, because PROVIDER is llamacpp',
    OPENAI_API_KEY: '- stays a variable: provider "openai" reads it from .env',
  });
  expect(JSON.stringify(conversion)).not.toContain('canary');
});

test('every variable with a value is named, whatever it is', () => {
  const variables = {
    DATABASE_URL: 'postgres://u:fake-canary@h/d',
    LANEWAY_PORT: '4700',
    LANEWAY_ADMIN_TOKE: 'fake-canary',
    LANEWAY_LLM_DEFAULT_LANE: 'coder',
    LANEWAY_LLM_MODEL: 'm',
    ARGOS_LLM_MODEL: 'n',
    LANEWAY_PROVIDER_OPENAI_KEY: 'fake-canary',
    ARGOS_LANE_CODER_URL: 'https://u:fake-canary@h.example',
    argos_lane_executor_url: 'https://u:fake-canary@h.example',
    ARGOS_LANE_FAST_RAG_MODEL: 'sk-fake-canary',
    EMPTY: '',
  };
  const conversion = convert(variables);
  expect(conversion.values).toEqual({ default_lane: 'coder' });
  expect(outcome(conversion)).toEqual({
    DATABASE_URL: 'left: Laneway does not read this variable',
    LANEWAY_PORT: expect.stringContaining('stays a variable') as unknown,
    LANEWAY_ADMIN_TOKE: 'left: unknown variable; did you mean LANEWAY_ADMIN_TOKEN?',
    LANEWAY_LLM_DEFAULT_LANE: 'default_lane',
    LANEWAY_LLM_MODEL: expect.stringContaining('left: ignored, because it needs') as unknown,
    ARGOS_LLM_MODEL: 'left: ignored, because the same variable with LANEWAY_ is set',
    LANEWAY_PROVIDER_OPENAI_KEY: expect.stringContaining('stays a variable') as unknown,
    ARGOS_LANE_CODER_URL: expect.stringContaining('left: must not contain credentials') as unknown,
    argos_lane_executor_url: expect.stringContaining('left: must not contain credentials') as unknown,
    ARGOS_LANE_FAST_RAG_MODEL: 'left: looks like a key, which must not be in a file',
  });
  expect(JSON.stringify(conversion)).not.toContain('canary');
});

test('an address of a provider that has its key in a variable keeps both together', () => {
  const { values } = convert({
    LANEWAY_PROVIDER_OPENAI_URL: 'https://proxy.example/v1',
    LANEWAY_PROVIDER_OPENAI_KEY: 'fake-key',
  });
  expect(values).toEqual({
    providers: {
      openai: { base_url: 'https://proxy.example/v1', api_key: 'env:LANEWAY_PROVIDER_OPENAI_KEY' },
    },
  });
});

test('variables that are set later find no provider with their own id', () => {
  const first = convert({ LANEWAY_LLM_BASE_URL: 'http://127.0.0.1:9001/v1', LANEWAY_LLM_MODEL: 'a' });
  expect(first.values).toMatchObject({
    lanes: {
      orchestrator: { preferred: ['llm/a', 'vllm/DeepSeek-R1-Distill-Qwen-32B', 'ollama/qwen2.5:14b'] },
    },
  });
  const second = convert(
    { LANEWAY_LLM_BASE_URL: 'http://127.0.0.1:9002/v1', LANEWAY_LLM_MODEL: 'b' },
    first.values,
  );
  expect(Object.keys(second.values['providers'] as object)).toEqual(['llm-2']);
});
