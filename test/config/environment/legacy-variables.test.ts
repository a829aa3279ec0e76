import { describe, expect, it } from 'vitest';
import { ollamaAddress } from '../../../src/config/environment/legacy-variables.ts';
import { load } from '../files.ts';

const environmentTarget = { orchestrator: {} };
const models = {
  providers: { ollama: { type: 'ollama' }, llamacpp: { type: 'llamacpp' }, openai: { type: 'openai' } },
  lanes: environmentTarget,
};

describe('an Ollama address in the syntax of OLLAMA_HOST', () => {
  const cases: Readonly<Record<string, string>> = {
    '0.0.0.0': 'http://127.0.0.1:11434',
    '0.0.0.0:11500': 'http://127.0.0.1:11500',
    ':11500': 'http://127.0.0.1:11500',
    '[::]:11434': 'http://127.0.0.1:11434',
    '::1': 'http://[::1]:11434',
    '[::1]': 'http://[::1]:11434',
    box: 'http://box:11434',
    'box.lan:80': 'http://box.lan',
    'http://box.lan': 'http://box.lan',
    'http://box.lan:11434/': 'http://box.lan:11434',
    'https://box.lan/ollama': 'https://box.lan/ollama',
    '"127.0.0.1"': 'http://127.0.0.1:11434',
  };
  for (const [written, url] of Object.entries(cases)) {
    it(`${written} is ${url}`, () => {
      expect(ollamaAddress(written)).toBe(url);
    });
  }
});

describe('servers of legacy systems', () => {
  it('OLLAMA_HOST moves the provider, and OLLAMA_URL takes precedence; each is reported once', async () => {
    const host = await load({ models }, { OLLAMA_HOST: 'gpu.lan' });
    expect(host.providers.ollama).toMatchObject({ base_url: 'http://gpu.lan:11434', local: true });
    expect(host.notes).toEqual(['environment: OLLAMA_HOST: used as the address of provider "ollama"']);
    const both = await load({ models }, { OLLAMA_HOST: 'gpu.lan', OLLAMA_URL: 'http://ollama:11434' });
    expect(both.providers.ollama?.base_url).toBe('http://ollama:11434');
    expect(both.notes).toEqual([
      'environment: OLLAMA_URL: used as the address of provider "ollama"',
      'environment: OLLAMA_HOST: ignored, because OLLAMA_URL is set',
    ]);
  });

  it('an address to listen on changes nothing where the provider already has it', async () => {
    const config = await load({ models }, { OLLAMA_HOST: '0.0.0.0:11434' });
    expect(config.fingerprint).toBe((await load({ models })).fingerprint);
    expect(config.notes).toEqual(['environment: OLLAMA_HOST: already the address of provider "ollama"']);
  });

  it('LANEWAY_PROVIDER_OLLAMA_URL takes precedence over both', async () => {
    const config = await load(
      { models },
      { OLLAMA_HOST: 'gpu.lan', LANEWAY_PROVIDER_OLLAMA_URL: 'http://ollama:11434' },
    );
    expect(config.providers.ollama?.base_url).toBe('http://ollama:11434');
    expect(config.notes).toEqual([
      'environment: OLLAMA_HOST: ignored, because LANEWAY_PROVIDER_OLLAMA_URL is set',
    ]);
  });

  it('LM Studio, TGI and a missing Ollama become providers', async () => {
    const { providers, notes } = await load(
      { models: { lanes: environmentTarget } },
      {
        OLLAMA_URL: 'http://ollama:11434',
        LMSTUDIO_URL: 'http://host.docker.internal:1234/v1',
        HUGGINGFACE_TGI_URL: 'http://hf-reasoning:80',
      },
    );
    expect(
      Object.entries(providers).map(([id, { type, base_url, local }]) => [id, type, base_url, local]),
    ).toEqual([
      ['ollama', 'ollama', 'http://ollama:11434', true],
      ['lmstudio', 'openai_compatible', 'http://host.docker.internal:1234/v1', true],
      ['huggingface', 'openai_compatible', 'http://hf-reasoning/v1', true],
    ]);
    expect(notes).toHaveLength(3);
  });

  it('LLAMACPP_MODELS_DIR is the models_dir of the provider', async () => {
    const config = await load({ models }, { LLAMACPP_MODELS_DIR: '/models' });
    expect(config.providers.llamacpp?.models_dir).toBe('/models');
    expect(config.notes).toEqual([
      'environment: LLAMACPP_MODELS_DIR: used as models_dir of provider "llamacpp"',
    ]);
  });
});

describe('the model of legacy systems comes first in the default lane', () => {
  const all = {
    LLAMACPP_CHAT_MODEL: '/models/qwen.gguf',
    DEFAULT_OLLAMA_LLM_MODEL: 'llama3',
    OLLAMA_CHAT_MODEL: 'mistral-nemo:latest',
    DEFAULT_OPENAI_LLM_MODEL: 'gpt-4o',
  };
  const frontWith = async (variables: Record<string, string>): Promise<unknown> =>
    (await load({ models }, variables)).lanes.orchestrator?.environment_target;

  it('PROVIDER chooses one of several', async () => {
    expect(await frontWith({ ...all, PROVIDER: 'llamacpp' })).toEqual({
      provider: 'llamacpp',
      model: 'qwen.gguf',
    });
    expect(await frontWith({ ...all, PROVIDER: 'ollama' })).toEqual({
      provider: 'ollama',
      model: 'llama3:latest',
    });
    expect(await frontWith({ ...all, PROVIDER: 'OpenAI' })).toEqual({ provider: 'openai', model: 'gpt-4o' });
    const { notes } = await load({ models }, { ...all, PROVIDER: 'ollama' });
    expect(notes).toEqual([
      'environment: PROVIDER: ollama/llama3 is now the first target of lane orchestrator',
      'environment: LLAMACPP_CHAT_MODEL: ignored, because PROVIDER is ollama',
      'environment: DEFAULT_OLLAMA_LLM_MODEL: ollama/llama3 is now the first target of lane orchestrator',
      'environment: OLLAMA_CHAT_MODEL: ignored, because DEFAULT_OLLAMA_LLM_MODEL is set',
      'environment: DEFAULT_OPENAI_LLM_MODEL: ignored, because PROVIDER is ollama',
    ]);
  });

  it('PROVIDER alone means the default model of the legacy system', async () => {
    expect(await frontWith({ PROVIDER: 'openai' })).toEqual({ provider: 'openai', model: 'gpt-3.5-turbo' });
    expect(await frontWith({ PROVIDER: 'ollama' })).toEqual({ provider: 'ollama', model: 'llama2:latest' });
  });

  it('without PROVIDER a model is used if it is the only one', async () => {
    expect(await frontWith({ OLLAMA_CHAT_MODEL: 'mistral' })).toEqual({
      provider: 'ollama',
      model: 'mistral:latest',
    });
    expect(await frontWith(all)).toBeNull();
    expect((await load({ models }, all)).notes).toHaveLength(4);
  });

  it('an unknown PROVIDER is reported and ignored', async () => {
    const config = await load({ models }, { PROVIDER: 'aws' });
    expect(config.lanes.orchestrator?.environment_target).toBeNull();
    expect(config.notes).toEqual(['environment: PROVIDER: ignored, because provider "aws" is unknown']);
  });

  it('lane variables take precedence, with a note', async () => {
    const config = await load(
      { models },
      { PROVIDER: 'openai', ARGOS_LLM_BASE_URL: 'http://new.lan:1', ARGOS_LLM_BACKEND: 'vllm' },
    );
    expect(config.lanes.orchestrator?.environment_target?.provider).toBe('env');
    expect(config.notes).toEqual([
      'environment: PROVIDER: ignored, because LANEWAY_ or ARGOS_ variables set the target of lane orchestrator',
    ]);
  });
});
