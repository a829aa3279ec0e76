import { describe, expect, it } from 'vitest';
import { faultLines, load } from './files.ts';

const ollama = { ollama: { type: 'ollama' } };

describe('which files are used', () => {
  const shipped = { providers: ollama, lanes: { coder: { description: 'shipped' } } };

  it('the shipped defaults, when the directory contains neither file', async () => {
    expect((await load({ shipped })).lanes.coder?.description).toBe('shipped');
  });

  it('user_models.json is merged over the shipped defaults when there is no models.json', async () => {
    const config = await load({ shipped, user: { lanes: { coder: { cloud: false } } } });
    expect(config.lanes.coder).toMatchObject({ description: 'shipped', cloud: false });
  });

  it('models.json replaces the shipped defaults', async () => {
    expect(Object.keys((await load({ shipped, models: { lanes: { mine: {} } } })).lanes)).toEqual([
      'mine',
      'orchestrator',
    ]);
  });
});

describe('a stronger file over a weaker one', () => {
  it('merges by key at every depth, and lists replace', async () => {
    const config = await load({
      models: {
        providers: ollama,
        lanes: {
          coder: {
            preferred: ['ollama/a:1', 'ollama/b:1'],
            params: { temperature: 0.2, top_p: 1 },
            deadlines: { idle_s: 9 },
          },
        },
      },
      user: { lanes: { coder: { preferred: ['ollama/c:1'], params: { temperature: 0.9 } }, writer: {} } },
    });
    expect(config.lanes.coder).toMatchObject({
      preferred: ['ollama/c:1'],
      params: { temperature: 0.9, top_p: 1 },
      deadlines: { idle_s: 9 },
    });
    expect(config.lanes.writer?.preferred).toEqual([]);
  });

  it('null removes a key, even a missing one', async () => {
    const config = await load({
      models: {
        providers: ollama,
        models: { 'ollama/a:1': { name: 'A', speed: 'fast' } },
        lanes: { coder: { params: { temperature: 0.2 } }, writer: {} },
      },
      user: {
        lanes: { writer: null, coder: { params: { temperature: null } }, nobody: null },
        models: { 'ollama/a:1': { speed: null } },
        rules: null,
        default_lane: null,
      },
    });
    expect(Object.keys(config.lanes)).toEqual(['coder', 'orchestrator']);
    expect(config.lanes.coder?.params).toEqual({});
    expect(config.models['ollama/a:1']).toMatchObject({ name: 'A' });
    expect(config.models['ollama/a:1']).not.toHaveProperty('speed');
  });

  it('null in the weakest file has no effect and is not a fault', async () => {
    expect(
      (await load({ models: { lanes: { coder: { description: null } } } })).lanes.coder,
    ).not.toHaveProperty('description');
  });

  it('model and lane of a node replace each other', async () => {
    const models = {
      providers: ollama,
      lanes: { coder: {} },
      nodes: { a: { model: 'ollama/x:1', params: { temperature: 0.1 } }, b: { lane: 'coder' } },
    };
    const { nodes } = await load({
      models,
      user: { nodes: { a: { lane: 'coder' }, b: { model: 'ollama/y:1' } } },
    });
    expect(nodes.a).toMatchObject({ model: null, lane: 'coder', params: { temperature: 0.1 } });
    expect(nodes.b).toMatchObject({ model: 'ollama/y:1', lane: null });
  });

  it('a node that loses its only target is a fault of the file that removed it', async () => {
    const models = { lanes: { coder: {} }, nodes: { a: { lane: 'coder' } } };
    expect(await faultLines({ models, user: { nodes: { a: { lane: null } } } })).toEqual([
      'config/user_models.json: nodes.a: has neither "model" nor "lane"; set exactly one',
    ]);
  });

  it('a canonical key overrides its legacy synonym in a weaker file', async () => {
    const { models } = await load({
      models: {
        providers: ollama,
        models: {
          'ollama/x': {
            capabilities: {
              supports_function_calling: true,
              model_size: '7.24B',
              quantization_level: 'Q8_0',
            },
          },
        },
      },
      user: { models: { 'ollama/x:latest': { capabilities: { supports_tools: false } } } },
    });
    expect(models).toEqual({
      'ollama/x:latest': expect.objectContaining({
        capabilities: { supports_tools: false, parameter_count: 7_240_000_000, quantization: 'Q8_0' },
      }) as unknown,
    });
  });
});

describe('API keys are not sent to another origin', () => {
  const base = {
    providers: {
      p: {
        type: 'openai',
        api_key: 'env:OPENAI_API_KEY',
        headers: { 'x-org': 'env:ORG_TOKEN', 'x-title': 'Laneway' },
      },
    },
  };
  const overlaid = (provider: object): ReturnType<typeof load> =>
    load({ models: base, user: { providers: { p: provider } } });

  it('a layer that sets base_url drops the API key and secret headers of weaker layers, with a warning', async () => {
    const config = await overlaid({ base_url: 'https://other.example/v1' });
    expect(config.providers.p).not.toHaveProperty('api_key');
    expect(config.providers.p?.headers).toEqual({ 'x-title': 'Laneway' });
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toMatch(
      /user_models\.json: providers\.p: changes the address, so API keys from files with lower precedence are not sent to it/,
    );
  });

  it('a layer that repeats the address drops them too, and the warning says that it is the same', async () => {
    const { warnings } = await load({
      models: { providers: { p: { ...base.providers.p, base_url: 'https://p.example/v1' } } },
      user: { providers: { p: { base_url: 'https://p.example/v1' } } },
    });
    expect(warnings).toEqual([
      expect.stringContaining('providers.p: sets the same address again, so API keys'),
    ]);
  });

  it('so does a layer that removes base_url', async () => {
    expect((await overlaid({ base_url: null })).providers.p).not.toHaveProperty('api_key');
  });

  it('so does a layer that changes the type, when the address comes from the type', async () => {
    expect((await overlaid({ type: 'groq' })).providers.p).not.toHaveProperty('api_key');
    expect((await overlaid({ type: 'openai' })).providers.p?.api_key).toBe('env:OPENAI_API_KEY');
  });

  it('a layer that sets base_url and api_key uses its own key', async () => {
    const config = await overlaid({
      base_url: 'https://other.example/v1',
      api_key: 'env:OTHER_KEY',
      headers: { 'x-org': 'env:OTHER' },
    });
    expect(config.providers.p).toMatchObject({ api_key: 'env:OTHER_KEY', headers: { 'x-org': 'env:OTHER' } });
  });

  it('a layer that sets neither keeps the key', async () => {
    expect((await overlaid({ enabled: false })).providers.p).toMatchObject({
      api_key: 'env:OPENAI_API_KEY',
      enabled: false,
    });
  });
});

describe('a provider that is removed by null', () => {
  const models = {
    providers: { ...ollama, xai: { type: 'openai_compatible', base_url: 'https://api.x.ai/v1' } },
    models: { 'xai/grok': {}, 'ollama/x:1': { fallbacks: ['xai/grok', 'ollama/y:1'] } },
    lanes: { orchestrator: { preferred: ['ollama/x:1'], cloud_fallback: ['xai/grok'] } },
    nodes: { quick: { model: 'xai/grok' }, slow: { model: 'ollama/x:1', fallbacks: ['xai/grok'] } },
    aliases: { grok: 'xai/grok', local: 'ollama/x:1' },
  };

  it('removes its models everywhere, and a node on one moves to the default lane with a warning', async () => {
    const config = await load({ models, user: { providers: { xai: null } } });
    expect(Object.keys(config.providers)).toEqual(['ollama']);
    expect(Object.keys(config.models)).toEqual(['ollama/x:1']);
    expect(config.models['ollama/x:1']?.fallbacks).toEqual(['ollama/y:1']);
    expect(config.lanes.orchestrator?.cloud_fallback).toEqual([]);
    expect(config.nodes.quick).toMatchObject({ model: null, lane: 'orchestrator' });
    expect(config.nodes.slow).toMatchObject({ model: 'ollama/x:1', fallbacks: [] });
    expect(config.aliases).toEqual({ local: 'ollama/x:1' });
    expect(config.warnings[0]).toBe(
      'nodes.quick: assigned to lane orchestrator, because the provider of its model was removed',
    );
  });

  it('leaves an embeddings node without a model, since lanes serve chat only, and says so', async () => {
    const nodes = { embeddings: { model: 'xai/vec' } };
    const config = await load({ models: { ...models, nodes }, user: { providers: { xai: null } } });
    expect(config.warnings[0]).toBe(
      'nodes.embeddings: has no model, because the provider of its model was removed',
    );
  });

  it('enabled: false only disables it and keeps all references', async () => {
    const config = await load({ models, user: { providers: { xai: { enabled: false } } } });
    expect(config.providers.xai?.enabled).toBe(false);
    expect(config.nodes.quick?.model).toBe('xai/grok');
  });
});
