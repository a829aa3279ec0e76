import { describe, expect, it } from 'vitest';
import { faultLines, load } from '../files.ts';

const models = {
  providers: {
    ollama: { type: 'ollama' },
    openai: {
      type: 'openai',
      api_key: 'env:OPENAI_API_KEY',
      headers: { 'x-org': 'env:ORG', 'x-title': 'me' },
    },
    'my-box': { type: 'openai_compatible', base_url: 'https://box.example/v1', api_key: 'env:BOX' },
  },
};

describe('addresses and keys of configured providers', () => {
  it('are overridden by the environment, in any case, with "-" and "_" as equal', async () => {
    const config = await load(
      { models, user: { providers: { ollama: { base_url: 'http://127.0.0.1:1' } } } },
      {
        LANEWAY_PROVIDER_OLLAMA_URL: 'http://ollama:11434',
        laneway_provider_my_box_key: 'sk-fake-1',
        ORG: 'o',
      },
    );
    expect(config.providers.ollama).toMatchObject({ base_url: 'http://ollama:11434', local: true });
    expect(config.providers['my-box']?.api_key).toBe('env:laneway_provider_my_box_key');
    expect(JSON.stringify(config)).not.toContain('sk-fake-1');
    expect(config.warnings).toEqual([]);
  });

  it('ARGOS_ is accepted, and an http: address makes a provider local unless a file sets "local"', async () => {
    const variables = { ARGOS_PROVIDER_MY_BOX_URL: 'http://box.lan:80/v1' };
    expect((await load({ models }, variables)).providers['my-box']).toMatchObject({
      base_url: 'http://box.lan/v1',
      local: true,
    });
    const user = { providers: { 'my-box': { local: false } } };
    expect(await faultLines({ models, user }, variables)).toEqual([
      'environment: ARGOS_PROVIDER_MY_BOX_URL: http: is allowed for local providers only; use https:, or set "local": true if this is your own server',
    ]);
  });

  it('an API key of a file is not sent to an address of the environment', async () => {
    const url = { LANEWAY_PROVIDER_OPENAI_URL: 'https://other.example/v1' };
    const config = await load({ models }, url);
    expect(config.providers.openai).not.toHaveProperty('api_key');
    expect(config.providers.openai?.headers).toEqual({ 'x-title': 'me' });
    expect(config.warnings).toEqual([
      'environment: LANEWAY_PROVIDER_OPENAI_URL: changes the address of provider "openai", so API keys from the ' +
        'configuration files are not sent to it; if the server needs a key, set LANEWAY_PROVIDER_OPENAI_KEY too',
    ]);
    const both = await load({ models }, { ...url, LANEWAY_PROVIDER_OPENAI_KEY: 'sk-fake-1' });
    expect(both.providers.openai?.api_key).toBe('env:LANEWAY_PROVIDER_OPENAI_KEY');
  });

  it('a provider that a file removed by null stays removed', async () => {
    const config = await load(
      { models, user: { providers: { ollama: null } } },
      { LANEWAY_PROVIDER_OLLAMA_URL: 'http://ollama:11434', ORG: 'o' },
    );
    expect(config.providers).not.toHaveProperty('ollama');
    expect(config.warnings).toEqual([
      'environment: LANEWAY_PROVIDER_OLLAMA_URL: unknown provider "ollama"; known: openai, my-box',
    ]);
  });

  it('a name that matches two providers is a fault', async () => {
    const twins = { providers: { 'a-b': { type: 'vllm' }, a_b: { type: 'vllm' } } };
    expect(await faultLines({ models: twins }, { LANEWAY_PROVIDER_A_B_URL: 'http://a.lan' })).toEqual([
      'environment: LANEWAY_PROVIDER_A_B_URL: matches both provider "a-b" and provider "a_b"; rename one of them',
    ]);
  });

  it('a lane finds a provider at the address that the environment gave it', async () => {
    const config = await load(
      { models: { ...models, lanes: { coder: {} } } },
      {
        LANEWAY_PROVIDER_OLLAMA_URL: 'http://ollama:11434',
        LANEWAY_LANE_CODER_URL: 'http://ollama:11434/v1',
      },
    );
    expect(config.lanes.coder?.environment_target?.provider).toBe('ollama');
  });
});
