import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { effective, explain } from '../../src/config/effective.ts';
import { load } from './files.ts';

const files = {
  shipped: {
    providers: { ollama: { type: 'ollama' }, openai: { type: 'openai', api_key: 'env:OPENAI_API_KEY' } },
    lanes: { coder: { params: { temperature: 0.2, top_p: 1 }, cloud: false, preferred: ['ollama/a:1'] } },
    nodes: { judge: { lane: 'coder' } },
    models: { 'ollama/a:1': { capabilities: { supports_function_calling: true } } },
    defaults: { deadlines: { idle_s: 30 } },
  },
  user: {
    lanes: { coder: { params: { temperature: 0.9 }, cloud: null, deadlines: { total_s: 10 } } },
    nodes: { judge: { model: 'ollama/b:1' } },
    providers: { openai: { headers: { 'X-Title': 'me', 'X-Key': 'env:OTHER' } } },
  },
};
const environment = {
  LANEWAY_PROVIDER_OPENAI_KEY: 'sk-fake-77',
  LANEWAY_LANE_CODER_URL: 'http://127.0.0.1:11434',
  LANEWAY_LLM_DEFAULT_LANE: 'coder',
};

describe('every leaf of the effective configuration has the layer that it came from', () => {
  it('shipped, a file, the environment or default', async () => {
    const origins = (await load(files, environment)).origins();
    const user = expect.stringMatching(/config\/user_models\.json$/) as string;
    const expected: Readonly<Record<string, string>> = {
      'lanes.coder.params.temperature': user,
      'lanes.coder.params.top_p': 'shipped',
      'lanes.coder.preferred': 'shipped',
      // Removed by null, so the default applies.
      'lanes.coder.deadlines.total_s': user,
      'lanes.coder.deadlines.idle_s': 'shipped',
      'lanes.coder.deadlines.connect_s': 'default',
      'lanes.coder.environment_target.provider': 'environment',
      'nodes.judge.model': user,
      'nodes.judge.kind': 'default',
      'models["ollama/a:1"].capabilities.supports_tools': 'shipped',
      'providers.openai.api_key': 'environment',
      'providers.openai.type': 'shipped',
      'providers.openai.base_url': 'default',
      'providers.openai.headers.x-title': user,
      default_lane: 'environment',
      runtime_switching: 'default',
      'ledger.max_rows': 'default',
    };
    const found = Object.keys(expected).map((path) => [path, origins.get(path)]);
    expect(Object.fromEntries(found)).toEqual(expected);
    expect(origins.has('nodes.judge.lane')).toBe(false);
  });

  it('a models.json and a models.yaml by their name', async () => {
    const yaml = await load({ yaml: 'lanes: { coder: { cloud: false } }' });
    expect(yaml.origins().get('lanes.coder.cloud')).toMatch(/config\/models\.yaml$/);
    const json = await load({ models: { lanes: { coder: { cloud: false } } } });
    expect(json.origins().get('lanes.coder.cloud')).toMatch(/config\/models\.json$/);
  });

  it('an explained configuration has the same shape, with value and layer at each leaf', async () => {
    const config = await load(files, environment);
    const explained = explain(config);
    expect(explained).toMatchObject({
      default_lane: { value: 'coder', layer: 'environment' },
      lanes: { coder: { preferred: { value: ['ollama/a:1'], layer: 'shipped' } } },
    });
    expect(valuesOf(explained)).toEqual(effective(config));
    expect(JSON.stringify(explained)).not.toContain('sk-fake-77');
  });
});

describe('the effective configuration has the form of a file', () => {
  it('as plain JSON without metadata, with keys as references', async () => {
    const config = await load(files, environment);
    const plain = effective(config);
    expect(plain).toEqual(JSON.parse(JSON.stringify(plain)));
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['fingerprint']));
    expect(plain).toMatchObject({
      providers: {
        openai: { api_key: 'env:LANEWAY_PROVIDER_OPENAI_KEY', headers: { 'x-key': 'env:OTHER' } },
      },
      ledger: { retention_days: 30 },
    });
    expect(JSON.stringify(plain)).not.toContain('sk-fake-77');
    expect(Object.keys(plain['nodes'] as object)).toEqual(['judge']);
    expect((plain['nodes'] as Record<string, object>)['judge']).not.toHaveProperty('lane');
  });

  it('and loads to the same configuration', async () => {
    const once = await load({ shipped: files.shipped, user: { lanes: { coder: { cloud: null } } } });
    const { lanes, ...rest } = JSON.parse(JSON.stringify(effective(once))) as Config;
    const again = await load({ models: { ...rest, lanes } });
    expect(again.fingerprint).toBe(once.fingerprint);
  });
});

/** Undoes `explain`. */
function valuesOf(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  const keys = Object.keys(tree);
  if (keys.length === 2 && 'value' in tree && 'layer' in tree) return tree.value;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, valuesOf(value)]));
}
