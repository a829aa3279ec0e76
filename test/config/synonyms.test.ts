import { expect, it } from 'vitest';
import { load } from './files.ts';

it('a capability under two names is accepted while both agree', async () => {
  const capabilities = {
    ...{ supports_function_calling: true, supports_tools: true },
    ...{ quantization: 'Q4_K_M', quantization_level: 'q4_k_m' },
    ...{ model_size: '7.24B', parameter_count: 7_240_000_000 },
  };
  const lanes = { coder: { requirements: { supports_tools: false, supports_function_calling: false } } };
  const { models, lanes: loaded } = await load({
    models: { providers: { ollama: { type: 'ollama' } }, models: { 'ollama/x:1b': { capabilities } }, lanes },
  });
  expect(models['ollama/x:1b']?.capabilities).toEqual({
    supports_tools: true,
    quantization: 'Q4_K_M',
    parameter_count: 7_240_000_000,
  });
  expect(loaded['coder']?.requirements).toEqual({ supports_tools: false });
});

it('a provider of type custom is one of type openai_compatible', async () => {
  const { providers } = await load({
    models: { providers: { box: { type: 'custom', base_url: 'https://x.example/v1' } } },
  });
  expect(providers['box']?.type).toBe('openai_compatible');
});

it('keys about engines and pools are accepted without a warning', async () => {
  const { warnings, pools, lanes } = await load({
    models: {
      pools: { local: { budget_gb: 100 } },
      providers: { ollama: { type: 'ollama', pool: 'local', engine: { manage: 'none' } } },
      models: { 'ollama/x:1b': { pinned: true, context: 8192, path: '/models/x.gguf' } },
      default_lane: 'coder',
      lanes: { coder: { burst: true } },
    },
  });
  expect(warnings).toEqual([]);
  expect([pools, lanes['coder']?.burst]).toEqual([{ local: { budget_gb: 100 } }, true]);
});
