import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { differences } from './answers.ts';
import { blocksOf, read, section, type Block } from './pages.ts';

const PAGE = read('docs/configuration.md');

/** The blocks of a section, by role; throws if there is none of that role. */
function blocks(heading: string): (role: string, language?: string) => Block {
  const all = blocksOf(section(PAGE, heading));
  return (role, language) => {
    const block = all.find((each) => each.role === role && each.language === (language ?? each.language));
    if (block === undefined) throw new Error(`no block ${role} below "${heading}"`);
    return block;
  };
}

const model = (name: string): object => ({
  name,
  model: name,
  digest: `sha256:${name}`,
  details: { family: 'llama', context_length: 8192 },
  capabilities: ['completion'],
});

/** An Ollama server with these models, none of them loaded; for OpenAI's API it lists none. */
async function startOllama(...names: string[]): Promise<FakeUpstream> {
  return startFakeUpstream(({ path }) => {
    if (path === '/api/tags') return json(200, { models: names.map(model) });
    if (path === '/api/ps') return json(200, { models: [] });
    if (path === '/api/version') return json(200, { version: '0.17.4' });
    return json(200, { object: 'list', data: [] });
  });
}

describe('the example of a lane', () => {
  const block = blocks('## Which models a lane uses');
  let server: FakeUpstream;
  let gateway: TestGateway;
  beforeAll(async () => {
    server = await startOllama('qwen2.5:7b', 'qwen2.5:32b', 'llama2:latest');
    const config = parse(block('config/models.yaml').text) as {
      providers: Record<string, Record<string, unknown>>;
    };
    config.providers['ollama'] = { ...config.providers['ollama'], base_url: server.url };
    config.providers['openai'] = {
      ...config.providers['openai'],
      base_url: `${server.url}/v1`,
      local: true,
    };
    gateway = await startGateway({
      config: parse(stringify(config)),
      variables: { OPENAI_API_KEY: 'fake-key-of-the-page' },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await server.close();
  });

  test('has the plan that the page shows', async () => {
    const body = /-d '(.+)'/.exec(block('plan', 'sh').text)?.[1] ?? '';
    const reply = await fetch(`${gateway.url}/api/debug/resolve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const real = await reply.text();
    const shown = block('plan', 'json');
    expect(differences(shown, real)).toEqual([]);
    const count = (text: string): number => (JSON.parse(text) as { targets: unknown[] }).targets.length;
    expect(count(real)).toBe(count(shown.text));
  });
});

describe('no cloud at all', () => {
  const block = blocks('## No cloud at all');
  const shipped = JSON.parse(read('config/models.json')) as { providers: Record<string, object> };
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: shipped,
      files: { 'user_models.json': JSON.parse(block('user_models.json').text) as object },
      variables: { OPENAI_API_KEY: 'fake-forgotten-key', ANTHROPIC_API_KEY: 'fake-forgotten-key' },
      discover: false,
    });
  });
  afterAll(() => gateway.stop());

  test('only local providers are left, in spite of forgotten keys', async () => {
    const { providers } = (await gateway.get('/api/debug/health')) as {
      providers: { provider: string; local: boolean }[];
    };
    expect(providers.map(({ provider }) => provider).toSorted()).toEqual(['llamacpp', 'ollama', 'vllm']);
    expect(providers.every(({ local }) => local)).toBe(true);
  });

  test('no list and no plan of a shipped node or lane names a model of another provider', async () => {
    const { data } = (await gateway.get('/v1/models')) as { data: { id: string }[] };
    const isCloud = (id: string): boolean => /^(openai|anthropic|groq|xai)\//.test(id);
    expect(data.filter(({ id }) => isCloud(id))).toEqual([]);
    for (const { id } of data.filter((each) => !each.id.includes('/'))) {
      const reply = await fetch(`${gateway.url}/api/debug/resolve`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: id }),
      });
      const { targets = [] } = (await reply.json()) as { targets?: { target: string }[] };
      expect(
        targets.filter(({ target }) => isCloud(target)),
        id,
      ).toEqual([]);
    }
  });

  test('a client that names a cloud model gets 404', async () => {
    const reply = await gateway.chat({ model: 'openai/gpt-4o' });
    expect(reply.status).toBe(404);
  });
});

test('"cloud": false of a lane excludes cloud targets from its plans, not from requests that name them', async () => {
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { openai: { type: 'openai', api_key: 'env:OPENAI_API_KEY' } },
      lanes: { main: { cloud_fallback: ['openai/gpt-4o-mini'], cloud: false } },
    },
    variables: { OPENAI_API_KEY: 'fake-key-of-the-page' },
    discover: false,
  });
  const planOf = async (name: string): Promise<unknown> => {
    const reply = await fetch(`${gateway.url}/api/debug/resolve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: name }),
    });
    return reply.json();
  };
  expect(await planOf('main')).toMatchObject({ targets: [{ eligible: false, code: 'not_allowed' }] });
  expect(await planOf('openai/gpt-4o-mini')).toMatchObject({ targets: [{ eligible: true }] });
  await gateway.stop();
});
