import { describe, expect, it } from 'vitest';
import { parseModelId } from '../../src/protocol/model-id.ts';
import { loadConfig } from '../../src/config/load.ts';
import { load, PROVIDER_TYPES, SHIPPED } from './files.ts';

const config = await load({});
const sonnet = 'anthropic/claude-sonnet-4-20250514';
/** The date of docs/decisions/0001-shipped-models.md. */
const TODAY = '2026-11-21';

describe('the shipped configuration', () => {
  it('models with their names and speeds', async () => {
    const table = {
      [sonnet]: ['Claude Sonnet 4', 'medium'],
      'anthropic/claude-haiku-4-5-20251001': ['Claude Haiku 4.5', 'fast'],
      'groq/llama-3.3-70b-versatile': ['Llama 3.3 70B', 'very_fast'],
      'groq/llama-3.1-8b-instant': ['Llama 3.1 8B', 'ultra_fast'],
      'groq/mixtral-8x7b-32768': ['Mixtral 8x7B', 'very_fast'],
      'xai/grok-3-mini': ['Grok 3 Mini', 'fast'],
      'openai/gpt-4o': [undefined, undefined],
      'openai/gpt-4o-mini': [undefined, undefined],
      'openai/text-embedding-3-small': [undefined, undefined],
      // Defaults of the legacy systems.
      'llamacpp/qwen3-0.6b-q4.gguf': [undefined, undefined],
      'ollama/llama2:latest': [undefined, undefined],
      'openai/gpt-3.5-turbo': [undefined, undefined],
    };
    const found = Object.keys(table).map((id) => [id, [config.models[id]?.name, config.models[id]?.speed]]);
    expect(Object.fromEntries(found)).toEqual(table);
    expect(Object.keys(config.models)).toEqual(expect.arrayContaining(Object.keys(table)));
  });

  it('nodes with their model, why and parameters', async () => {
    const found = Object.entries(config.nodes).map(([name, node]) => [
      name,
      [node.model, node.why, node.params, node.kind],
    ]);
    expect(Object.fromEntries(found)).toEqual({
      plan_queries: [sonnet, 'needs strong JSON planning', {}, 'chat'],
      generate_response: [sonnet, 'quality user-facing text', {}, 'chat'],
      evaluate: ['anthropic/claude-haiku-4-5-20251001', 'simple scoring, cheap', {}, 'chat'],
      update_profile: [sonnet, 'needs reasoning', {}, 'chat'],
      generate_acknowledgment: ['xai/grok-3-mini', 'quick, low stakes', {}, 'chat'],
      reasoning: ['openai/gpt-4o', 'main supervisor thinking', { temperature: 0.7 }, 'chat'],
      tools: ['openai/gpt-4o-mini', 'tool calling and parsing', { temperature: 0.1 }, 'chat'],
      subagents: ['openai/gpt-4o-mini', 'specialised tasks', { temperature: 0.5 }, 'chat'],
      planning: ['openai/gpt-4o', 'to-do generation', { temperature: 0.2 }, 'chat'],
      embeddings: ['openai/text-embedding-3-small', 'vector search', {}, 'embeddings'],
    });
  });

  it('lanes with their first preferred model and parameters', async () => {
    const found = Object.entries(config.lanes).map(([name, lane]) => [
      name,
      [lane.preferred[0], lane.params],
    ]);
    expect(Object.fromEntries(found)).toEqual({
      orchestrator: ['vllm/DeepSeek-R1-Distill-Qwen-32B', { temperature: 0 }],
      coder: ['vllm/Qwen2.5-Coder-32B-Instruct', { temperature: 0.2 }],
      super_reader: ['llamacpp/Nemotron-8B-UltraLong-4M', {}],
      fast_rag: ['vllm/Llama-3.2-11B-Vision-Instruct', { temperature: 0.7 }],
      governance: ['llamacpp/granite-3.0-8b-instruct', {}],
      planner: ['ollama/llama3.1:8b', {}],
      critic: ['ollama/mistral:latest', {}],
      executor: ['ollama/qwen2.5:14b', {}],
    });
    expect(config.default_lane).toBe('orchestrator');
    expect(config.lanes.super_reader?.deadlines.first_token_s).toBe(3600);
    expect(config.lanes.super_reader?.description).toContain('/models/nemotron-4m.gguf');
    expect(config.lanes.governance?.description).toContain(
      '/models/gguf/granite-3.0-8b-instruct-Q4_K_M.gguf',
    );
    expect(config.lanes.critic?.preferred).toEqual(['ollama/mistral:latest', 'ollama/qwen2.5:7b']);
    expect(config.lanes.planner).toMatchObject({
      preferred: ['ollama/llama3.1:8b', 'ollama/mistral:latest'],
      requirements: {
        reasoning_strength: 0.7,
        context_length_min: 8000,
        memory_gb_max: 8,
        supports_tools: false,
      },
    });
    expect(config.lanes.planner?.cloud_fallback[0]).toBe('openai/gpt-4o-mini');
  });

  it('the description of ollama/mistral:latest, the deep-ingest rule and the providers', async () => {
    expect(config.models['ollama/mistral:latest']?.capabilities).toEqual({
      context_length: 32_000,
      quantization: 'Q4_K_M',
      parameter_count: 7_240_000_000,
      reasoning_strength: 0.7,
      coding_strength: 0.6,
      memory_gb_estimate: 5,
    });
    expect(config.rules.deep_ingest).toEqual({
      lane: 'super_reader',
      over_tokens: 1_000_000,
      over_bytes: 52_428_800,
      repositories: true,
    });
    expect(Object.entries(config.providers).map(([id, each]) => [id, each.type, each.base_url])).toEqual([
      ['vllm', 'vllm', 'http://127.0.0.1:8000/v1'],
      ['llamacpp', 'llamacpp', 'http://127.0.0.1:8080'],
      ['ollama', 'ollama', 'http://127.0.0.1:11434'],
      ['openai', 'openai', 'https://api.openai.com/v1'],
      ['anthropic', 'anthropic', 'https://api.anthropic.com'],
      ['groq', 'groq', 'https://api.groq.com/openai/v1'],
      ['xai', 'openai_compatible', 'https://api.x.ai/v1'],
    ]);
  });
});

describe('the shipped configuration works on any machine', () => {
  const provider = (id: string): string => parseModelId(id)?.provider ?? '';
  const lives = (id: string): boolean => {
    const model = config.models[id];
    return model === undefined || (model.retired_at ?? '9999') > TODAY || model.fallbacks.some(lives);
  };

  it('loads without faults and without warnings, also as the directory of the user', async () => {
    expect(config.warnings).toEqual([]);
    const own = await loadConfig({
      directory: SHIPPED,
      shippedDirectory: SHIPPED,
      providerTypes: PROVIDER_TYPES,
      environment: {},
    });
    expect({ ...own, origins: null, operatorNames: null }).toEqual({
      ...config,
      origins: null,
      operatorNames: null,
    });
  });

  it('every lane ends with a current model of each cloud provider, so that any one key is enough', async () => {
    for (const [name, lane] of Object.entries(config.lanes)) {
      const clouds = lane.cloud_fallback.filter(lives).map(provider);
      expect(clouds.toSorted(), name).toEqual(['anthropic', 'groq', 'openai', 'xai']);
      expect(lane.cloud, name).not.toBe(false);
    }
  });

  it('no lane spends all three attempts of a request on missing engines', async () => {
    for (const [name, lane] of Object.entries(config.lanes))
      expect(lane.preferred.length, name).toBeLessThan(3);
  });

  it('only the planner has requirements for other local models', async () => {
    const asking = Object.entries(config.lanes).filter(
      ([, lane]) => Object.keys(lane.requirements).length > 0,
    );
    expect(asking.map(([name]) => name)).toEqual(['planner']);
  });

  it('a retired model is followed by a current one of the same provider', async () => {
    const ended = Object.entries(config.models).filter(([, model]) => model.retired_at !== undefined);
    expect(ended.length).toBeGreaterThan(5);
    for (const [id, model] of ended) {
      expect(model.fallbacks.map(provider), id).toEqual([provider(id)]);
      expect(model.fallbacks.every(lives), id).toBe(true);
    }
  });

  it('every cloud model in a lane or fallback is described', async () => {
    const named = [
      ...Object.values(config.lanes).flatMap((lane) => lane.cloud_fallback),
      ...Object.values(config.models).flatMap((model) => model.fallbacks),
      ...Object.values(config.nodes).flatMap((node) => node.model ?? []),
    ];
    for (const id of named) expect(Object.keys(config.models)).toContain(id);
  });

  it('no alias shadows the bare id of a configured model', async () => {
    const bare = Object.keys(config.models).map((id) => parseModelId(id)?.modelId ?? '');
    for (const alias of Object.keys(config.aliases)) {
      const pattern = new RegExp(`^${alias.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`);
      expect(
        bare.filter((id) => pattern.test(id)),
        alias,
      ).toEqual([]);
    }
  });
});
