import { describe, expect, it } from 'vitest';
import { faultLines, load } from '../files.ts';

/** The environment of a legacy installation with lanes on vLLM and llama.cpp. */
const OLDER = {
  ARGOS_LLM_BASE_URL: 'http://localhost:8001/v1',
  ARGOS_LLM_MODEL: 'Qwen3-30B-Thinking',
  ARGOS_LLM_DEFAULT_LANE: 'orchestrator',
  ARGOS_LANE_ORCHESTRATOR_URL: 'http://localhost:8001/v1',
  ARGOS_LANE_ORCHESTRATOR_MODEL: 'Qwen3-30B-Thinking',
  ARGOS_LANE_ORCHESTRATOR_BACKEND: 'vllm',
  ARGOS_LANE_CODER_URL: 'http://localhost:8001/v1',
  ARGOS_LANE_CODER_MODEL: 'Qwen3-Coder-30B-1M',
  ARGOS_LANE_CODER_BACKEND: 'vllm',
  ARGOS_LANE_SUPER_READER_URL: 'http://localhost:8081/v1',
  ARGOS_LANE_SUPER_READER_MODEL: 'Nemotron-8B-UltraLong-4M',
  ARGOS_LANE_SUPER_READER_MODEL_PATH: '/models/nemotron-4m.gguf',
  ARGOS_LANE_SUPER_READER_BACKEND: 'llama_cpp',
  ARGOS_LANE_FAST_RAG_URL: 'http://localhost:8001/v1',
  ARGOS_LANE_FAST_RAG_MODEL: 'MegaBeam-Mistral-7B-512k',
  ARGOS_LANE_FAST_RAG_BACKEND: 'vllm',
  ARGOS_LANE_GOVERNANCE_URL: 'http://localhost:8081/v1',
  ARGOS_LANE_GOVERNANCE_MODEL: 'Granite-4.x-Long-Context',
  ARGOS_LANE_GOVERNANCE_MODEL_PATH: '/models/granite.gguf',
  ARGOS_LANE_GOVERNANCE_BACKEND: 'llama_cpp',
  // Other variables of such an installation are ignored.
  ARGOS_ENV: 'strix',
  ARGOS_AUTH_SECRET: 'fake-secret',
  ARGOS_DATABASE_URL: 'postgresql://me@localhost:5432/db',
  ARGOS_LLAMA_CPP_MODEL_PATH: '/models/x.gguf',
  ARGOS_MODELS_DIR: '/models',
};

describe('the unchanged variables of a legacy installation with lanes', () => {
  it('route its five lanes to its two servers with no file at all', async () => {
    const config = await load({}, OLDER);
    const lanes = Object.entries(config.lanes).map(([name, { environment_target: environmentTarget }]) => [
      name,
      environmentTarget,
    ]);
    expect(Object.fromEntries(lanes)).toEqual({
      orchestrator: { provider: 'env', model: 'Qwen3-30B-Thinking' },
      coder: { provider: 'env', model: 'Qwen3-Coder-30B-1M' },
      super_reader: { provider: 'env-governance', model: 'Nemotron-8B-UltraLong-4M' },
      fast_rag: { provider: 'env', model: 'MegaBeam-Mistral-7B-512k' },
      governance: { provider: 'env-governance', model: 'Granite-4.x-Long-Context' },
      planner: null,
      critic: null,
      executor: null,
    });
    expect(config.providers['env']).toMatchObject({
      type: 'vllm',
      base_url: 'http://localhost:8001/v1',
      local: true,
    });
    expect(config.providers['env-governance']).toMatchObject({
      type: 'llamacpp',
      base_url: 'http://localhost:8081',
      local: true,
    });
    expect(config.warnings).toEqual([]);
    expect(config.notes).toEqual([]);
  });

  it('refer to the shipped providers where the addresses are equal', async () => {
    const moved = Object.entries(OLDER).map(([name, value]) => [
      name,
      value.replace('8001/v1', '8000').replace('localhost:8081', '[::1]:8080'),
    ]);
    const config = await load({}, Object.fromEntries(moved) as Record<string, string>);
    expect(config.lanes.coder?.environment_target?.provider).toBe('vllm');
    expect(config.lanes.super_reader?.environment_target?.provider).toBe('llamacpp');
    expect(Object.keys(config.providers)).not.toContain('env');
    expect(config.providers['vllm']?.base_url).toBe('http://127.0.0.1:8000/v1');
  });
});

const base = {
  providers: {
    box: { type: 'openai_compatible', base_url: 'http://box.lan:9000/v1', local: true, api_key: 'env:BOX' },
    gpu: { type: 'ollama', base_url: 'http://127.0.0.1:11434' },
  },
  lanes: { orchestrator: {}, coder: {}, 'fast-rag': {} },
};
const lane = { LANEWAY_LANE_CODER_URL: 'http://new.lan:1234/v1' };
const coder = (variables: Record<string, string>): ReturnType<typeof load> =>
  load({ models: base }, { ...lane, ...variables });

describe('which provider a URL refers to', () => {
  it('an address that is not configured is a new provider, local for http:', async () => {
    const config = await load({ models: base }, { LANEWAY_LANE_FAST_RAG_URL: 'https://api.example/v1' });
    expect(config.providers['env-fast-rag']).toMatchObject({
      base_url: 'https://api.example/v1',
      local: false,
    });
    expect((await coder({})).providers['env-coder']).toMatchObject({ local: true });
  });

  it('one URL in several lanes is one provider, named after the alphabetically first lane', async () => {
    const config = await coder({
      LANEWAY_LANE_ORCHESTRATOR_URL: 'http://new.lan:1234',
      'LANEWAY_LANE_FAST-RAG_URL': 'http://NEW.lan:1234/v1/',
      LANEWAY_LANE_FAST_RAG_BACKEND: 'vllm',
    });
    expect(Object.keys(config.providers)).toEqual(['box', 'gpu', 'env-coder']);
    const environmentTargets = Object.values(config.lanes).map(
      ({ environment_target: environmentTarget }) => environmentTarget?.provider,
    );
    expect(environmentTargets).toEqual(['env-coder', 'env-coder', 'env-coder']);
    expect(config.providers['env-coder']?.type).toBe('vllm');
    expect(config.notes).toEqual([]);
  });

  it('a configured one keeps its key, and an untagged model there means :latest', async () => {
    const config = await load(
      { models: base },
      {
        LANEWAY_LANE_CODER_URL: 'http://box.lan:9000',
        LANEWAY_LANE_FAST_RAG_URL: 'http://localhost:11434/v1',
        LANEWAY_LANE_FAST_RAG_MODEL: 'mistral',
      },
    );
    expect(config.lanes.coder?.environment_target).toEqual({ provider: 'box', model: null });
    expect(config.providers.box?.api_key).toBe('env:BOX');
    expect(config.lanes['fast-rag']?.environment_target).toEqual({
      provider: 'gpu',
      model: 'mistral:latest',
    });
    expect(Object.keys(config.providers)).toEqual(['box', 'gpu']);
    expect(config.warnings).toEqual([]);
  });

  it('a disabled one causes a warning, and another scheme, port or path is another server', async () => {
    const models = { ...base, providers: { box: { ...base.providers.box, enabled: false } } };
    const off = await load({ models }, { LANEWAY_LANE_CODER_URL: 'http://box.lan:9000' });
    expect(off.warnings).toEqual([
      'environment: LANEWAY_LANE_CODER_URL: refers to provider "box", which is disabled ("enabled": false)',
    ]);
    for (const url of ['https://box.lan:9000/v1', 'http://box.lan:9001/v1', 'http://box.lan:9000/api/v1']) {
      expect(
        (await coder({ LANEWAY_LANE_CODER_URL: url })).lanes.coder?.environment_target?.provider,
        url,
      ).toBe('env-coder');
    }
  });

  it('an id that a file uses for another provider is a fault', async () => {
    const models = { ...base, providers: { 'env-coder': base.providers.box } };
    expect(await faultLines({ models }, lane)).toEqual([
      'environment: LANEWAY_LANE_CODER_URL: needs a new provider "env-coder", but a file defines a provider ' +
        'with that id and another address; rename that provider',
    ]);
  });
});

describe('the type of a server', () => {
  const typeWith = async (variables: Record<string, string>): Promise<string | undefined> =>
    (await coder(variables)).providers['env-coder']?.type;

  it('is set by the backend also under the name that the type has in files', async () => {
    expect(await typeWith({ LANEWAY_LANE_CODER_BACKEND: 'llamacpp' })).toBe('llamacpp');
  });

  it('is set by the backend, in any case', async () => {
    expect(await typeWith({ LANEWAY_LANE_CODER_BACKEND: 'openai' })).toBe('openai_compatible');
    expect(await typeWith({ LANEWAY_LANE_CODER_BACKEND: 'vLLM' })).toBe('vllm');
    expect(await typeWith({ LANEWAY_LANE_CODER_BACKEND: 'llama_cpp' })).toBe('llamacpp');
  });

  it('is llama-server where only a model path is given, and otherwise probed: never guessed from a port', async () => {
    expect(await typeWith({ LANEWAY_LANE_CODER_MODEL_PATH: '/models/x.gguf' })).toBe('llamacpp');
    for (const port of [8000, 8080, 11434]) {
      expect(await typeWith({ LANEWAY_LANE_CODER_URL: `http://new.lan:${port}` }), String(port)).toBe(
        'detect',
      );
    }
  });

  it('an unknown backend is a fault that lists the three known ones', async () => {
    const variables = { ...lane, ARGOS_LANE_CODER_BACKEND: 'tensorrt' };
    expect(await faultLines({ models: base }, variables)).toEqual([
      'environment: ARGOS_LANE_CODER_BACKEND: unknown backend; known: openai, vllm, llama_cpp',
    ]);
  });

  it('is probed when two lanes contradict each other, with a warning', async () => {
    const config = await coder({
      LANEWAY_LANE_CODER_BACKEND: 'vllm',
      LANEWAY_LANE_FAST_RAG_URL: lane.LANEWAY_LANE_CODER_URL,
      LANEWAY_LANE_FAST_RAG_BACKEND: 'llama_cpp',
    });
    expect(config.providers['env-coder']?.type).toBe('detect');
    expect(config.warnings).toEqual([
      'environment: LANEWAY_LANE_FAST_RAG_BACKEND: contradicts LANEWAY_LANE_CODER_BACKEND for the same server; ' +
        'both are ignored',
    ]);
  });

  it('of a configured provider is overridden by the backend, except for openai, which only names the protocol', async () => {
    const at = { LANEWAY_LANE_CODER_URL: 'http://box.lan:9000/v1' };
    const engine = await load({ models: base }, { ...at, LANEWAY_LANE_CODER_BACKEND: 'llama_cpp' });
    expect(engine.providers.box).toMatchObject({ type: 'llamacpp', api_key: 'env:BOX' });
    expect(engine.notes.filter((note) => note.startsWith('environment'))).toEqual([
      'environment: LANEWAY_LANE_CODER_BACKEND: changes the type of provider "box" from openai_compatible to llamacpp',
    ]);
    const models = { ...base, providers: { box: { ...base.providers.box, type: 'vllm' } } };
    const wire = await load({ models }, { ...at, LANEWAY_LANE_CODER_BACKEND: 'openai' });
    expect(wire.providers.box?.type).toBe('vllm');
  });
});

describe('LLM variables', () => {
  const llm = { LANEWAY_LLM_BASE_URL: 'http://new.lan:1234/v1', LANEWAY_LLM_MODEL: 'big' };

  it('apply to the default lane, which they can choose', async () => {
    const config = await load({ models: base }, { ...llm, LANEWAY_LLM_DEFAULT_LANE: 'FAST_RAG' });
    expect(config.default_lane).toBe('fast-rag');
    expect(config.lanes['fast-rag']?.environment_target).toEqual({ provider: 'env', model: 'big' });
    expect(config.lanes.orchestrator?.environment_target).toBeNull();
    const shipped = await load({ models: {} }, llm);
    expect(shipped.lanes.orchestrator?.environment_target).toEqual({ provider: 'env', model: 'big' });
  });

  it('a default lane that does not exist is a fault with the nearest one', async () => {
    expect(await faultLines({ models: base }, { ARGOS_LLM_DEFAULT_LANE: 'codr' })).toEqual([
      'environment: ARGOS_LLM_DEFAULT_LANE: unknown lane "codr"; did you mean "coder"?',
    ]);
  });

  it('give their URL to a lane that names only a model, and their model to the default lane at that URL', async () => {
    const config = await load(
      { models: base },
      {
        ...llm,
        LANEWAY_LANE_CODER_MODEL: 'small',
        LANEWAY_LANE_CODER_BACKEND: 'vllm',
        LANEWAY_LANE_ORCHESTRATOR_URL: 'http://new.lan:1234',
      },
    );
    expect(config.lanes.coder?.environment_target).toEqual({ provider: 'env', model: 'small' });
    expect(config.lanes.orchestrator?.environment_target).toEqual({ provider: 'env', model: 'big' });
    expect(config.providers['env']?.type).toBe('vllm');
  });

  it("are weaker than the default lane's own", async () => {
    const config = await load(
      { models: base },
      {
        ...llm,
        LANEWAY_LANE_ORCHESTRATOR_URL: 'http://other.lan:1',
        LANEWAY_LANE_ORCHESTRATOR_BACKEND: 'vllm',
      },
    );
    expect(config.lanes.orchestrator?.environment_target).toEqual({
      provider: 'env-orchestrator',
      model: null,
    });
  });

  it('without a URL, they and a lane that needs it are reported as ignored', async () => {
    const config = await load(
      { models: base },
      {
        ARGOS_LLM_MODEL: 'big',
        ARGOS_LANE_CODER_MODEL: 'small',
        ARGOS_LANE_CODER_BACKEND: 'vllm',
      },
    );
    expect(config.warnings).toEqual([
      'environment: ARGOS_LLM_MODEL: ignored, because it needs LLM_BASE_URL',
      'environment: ARGOS_LANE_CODER_MODEL: ignored, because it needs LANE_CODER_URL or LLM_BASE_URL',
      'environment: ARGOS_LANE_CODER_BACKEND: ignored, because it needs LANE_CODER_URL',
    ]);
    expect(
      Object.values(config.lanes).every(
        ({ environment_target: environmentTarget }) => environmentTarget === null,
      ),
    ).toBe(true);
  });
});

describe('the two prefixes', () => {
  it('LANEWAY_ takes precedence over ARGOS_, reported once, and an empty variable counts as unset', async () => {
    const config = await coder({
      ARGOS_LANE_CODER_URL: 'http://old.lan:1/v1',
      ARGOS_LANE_CODER_MODEL: 'old',
      LANEWAY_LANE_CODER_MODEL: 'new',
      ARGOS_LANE_FAST_RAG_URL: lane.LANEWAY_LANE_CODER_URL,
      LANEWAY_LANE_FAST_RAG_URL: ' ',
    });
    expect(config.lanes.coder?.environment_target).toEqual({ provider: 'env-coder', model: 'new' });
    expect(config.lanes['fast-rag']?.environment_target).toEqual({ provider: 'env-coder', model: null });
    expect(config.notes).toEqual([
      'LANEWAY_ takes precedence over ARGOS_; ignored: ARGOS_LANE_CODER_URL, ARGOS_LANE_CODER_MODEL',
    ]);
  });
});

describe('keys', () => {
  const secret = 'sk-fake-5e1f';

  it('are references to their variables, so that the configuration contains no keys', async () => {
    const config = await coder({ ARGOS_LANE_CODER_API_KEY: secret });
    expect(config.providers['env-coder']?.api_key).toBe('env:ARGOS_LANE_CODER_API_KEY');
    expect(JSON.stringify([config, [...config.origins()]])).not.toContain(secret);
    const other = await coder({ ARGOS_LANE_CODER_API_KEY: 'sk-fake-other' });
    expect(other.fingerprint).toBe(config.fingerprint);
  });

  it('one server has one key: of two different ones the first is used, and the other is reported', async () => {
    const config = await coder({
      LANEWAY_LANE_CODER_API_KEY: secret,
      LANEWAY_LANE_FAST_RAG_URL: lane.LANEWAY_LANE_CODER_URL,
      LANEWAY_LANE_FAST_RAG_API_KEY: 'sk-fake-other',
    });
    expect(config.providers['env-coder']?.api_key).toBe('env:LANEWAY_LANE_CODER_API_KEY');
    expect(config.warnings).toEqual([
      'environment: LANEWAY_LANE_FAST_RAG_API_KEY: differs from LANEWAY_LANE_CODER_API_KEY for the same server; ' +
        'the latter is used for all lanes',
    ]);
  });
});

describe('an implausible URL is a fault of its variable and is not quoted', () => {
  const cases: Readonly<Record<string, string>> = {
    'new.lan:1234': 'must be a URL starting with http:// or https://, such as https://host/v1',
    'http://me:sk-fake-1@new.lan/v1': 'must not contain credentials; set api_key to "env:NAME" instead',
    'http://169.254.169.254/v1': 'link-local, multicast, tunnel and metadata addresses are not allowed',
    'http://0.0.0.0:8000':
      '0.0.0.0 is an address to listen on, not to connect to; use 127.0.0.1 or the address of the server',
  };
  for (const [url, message] of Object.entries(cases)) {
    it(url, async () => {
      expect(await faultLines({ models: base }, { ARGOS_LANE_CODER_URL: url })).toEqual([
        `environment: ARGOS_LANE_CODER_URL: ${message}`,
      ]);
    });
  }
});
