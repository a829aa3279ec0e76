import { describe, expect, it } from 'vitest';
import { load } from './files.ts';

describe('defaults', () => {
  it('deadlines come from the lane, then from defaults, then from Laneway', async () => {
    const config = await load({
      models: {
        defaults: { deadlines: { idle_s: 30, total_s: 100.5 } },
        lanes: { slow: { deadlines: { total_s: 9000 } } },
      },
    });
    expect(config.defaults.deadlines).toEqual({
      connect_s: 5,
      first_token_s: null,
      idle_s: 30,
      total_s: 100.5,
    });
    expect(config.lanes.slow?.deadlines).toEqual({
      connect_s: 5,
      first_token_s: null,
      idle_s: 30,
      total_s: 9000,
    });
  });

  it('an empty file results in an empty default lane, which any installed model may serve', async () => {
    const config = await load({ models: {} });
    expect(config.default_lane).toBe('orchestrator');
    expect(config.lanes.orchestrator).toMatchObject({ preferred: [], cloud_fallback: [] });
    expect(config.rules.deep_ingest).toBeNull();
    expect(config.warnings).toEqual([]);
    expect(config.runtime_switching).toBe(true);
    expect(config.ledger).toEqual({ retention_days: 30, max_rows: 1_000_000 });
  });

  it('a lane, a node, a model and a rule', async () => {
    const config = await load({
      models: {
        providers: {
          ollama: { type: 'ollama' },
          box: { type: 'vllm', name: 'The box' },
          spare: { type: 'vllm' },
        },
        models: { 'ollama/x:1': {} },
        lanes: { coder: {} },
        nodes: { judge: { lane: 'coder' } },
        rules: { deep_ingest: { lane: 'coder' } },
      },
    });
    expect(config.lanes.coder).toMatchObject({
      on_unanswered: 'next',
      on_content_policy: 'stop',
      params: {},
    });
    expect(config.nodes.judge).toEqual({
      model: null,
      lane: 'coder',
      fallbacks: [],
      params: {},
      kind: 'chat',
    });
    expect(config.models['ollama/x:1']).toEqual({ capabilities: {}, fallbacks: [], params: {} });
    expect(config.rules.deep_ingest).toEqual({
      lane: 'coder',
      over_tokens: null,
      over_bytes: null,
      repositories: false,
    });
    expect(Object.values(config.providers).map(({ name }) => name)).toEqual(['Ollama', 'The box', 'spare']);
    expect(config.providers.ollama?.enabled).toBe(true);
  });
});

it('an untagged Ollama name means :latest everywhere, whatever the provider id', async () => {
  const config = await load({
    models: {
      providers: { gpu: { type: 'ollama' }, box: { type: 'vllm' } },
      models: { 'gpu/mistral': { fallbacks: ['gpu/llama2', 'box/mistral'] } },
      lanes: { coder: { preferred: ['gpu/a', 'gpu/a:7b'], cloud_fallback: ['gpu/b'] } },
      nodes: { judge: { model: 'gpu/c', fallbacks: ['gpu/d'] } },
      aliases: { mistral: 'gpu/mistral', code: 'coder', verdict: 'judge' },
    },
  });
  expect(Object.keys(config.models)).toEqual(['gpu/mistral:latest']);
  expect(config.models['gpu/mistral:latest']?.fallbacks).toEqual(['gpu/llama2:latest', 'box/mistral']);
  expect(config.lanes.coder).toMatchObject({
    preferred: ['gpu/a:latest', 'gpu/a:7b'],
    cloud_fallback: ['gpu/b:latest'],
  });
  expect(config.nodes.judge).toMatchObject({ model: 'gpu/c:latest', fallbacks: ['gpu/d:latest'] });
  expect(config.aliases).toEqual({
    mistral: 'gpu/mistral:latest',
    code: 'lane:coder',
    verdict: 'node:judge',
  });
});

it('a node and a lane may share a name, and names of Object.prototype members are ordinary names', async () => {
  const models = { lanes: { constructor: {}, reasoning: {} }, nodes: { reasoning: { lane: 'constructor' } } };
  const config = await load({ models });
  expect(config.nodes.reasoning?.lane).toBe('constructor');
  expect(Object.keys(config.lanes)).toContain('constructor');
});

it('a configuration is deeply frozen', async () => {
  const config = await load({ models: { lanes: { coder: { params: { stop: ['x'] } } } } });
  const coder = config.lanes.coder as { params: { stop: string[] } } | undefined;
  expect(() => coder?.params.stop.push('y')).toThrow(TypeError);
  expect(Object.isFrozen(config)).toBe(true);
});

describe('the fingerprint', () => {
  const models = { lanes: { coder: { description: 'a', cloud: false }, writer: {} } };

  it('is independent of the order of keys and of where a value comes from', async () => {
    const other = {
      lanes: { writer: {}, coder: { cloud: false, description: 'a' } },
      $schema: './schema.json',
    };
    const viaUser = { lanes: { coder: { cloud: false } } };
    const fingerprint = (await load({ models })).fingerprint;
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect((await load({ models: other })).fingerprint).toBe(fingerprint);
    expect(
      (await load({ models: { lanes: { coder: { description: 'a' }, writer: {} } }, user: viaUser }))
        .fingerprint,
    ).toBe(fingerprint);
  });

  it('changes with every value and with the order of a list', async () => {
    const of = async (preferred: string[]): Promise<string> =>
      (await load({ models: { providers: { ollama: { type: 'ollama' } }, lanes: { coder: { preferred } } } }))
        .fingerprint;
    expect(await of(['ollama/a', 'ollama/b'])).not.toBe(await of(['ollama/b', 'ollama/a']));
    expect((await load({ models: { lanes: { coder: { cloud: true } } } })).fingerprint).not.toBe(
      (await load({ models })).fingerprint,
    );
  });
});
