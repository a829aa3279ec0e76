import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { post, startProcess, type GatewayProcess } from '../support/process.ts';
import { describeWithEngine, freePort, startLlama, type LlamaServer } from '../support/engines/engines.ts';

const FAST = 'smollm2-135m-tools';
const DEEP = 'smollm2-135m';

const FAST_LANES = ['orchestrator', 'coder', 'fast_rag'];
const DEEP_LANES = ['super_reader', 'governance'];

/** What a client learns of who answered: from Laneway, and from the engine, which writes its alias into each reply. */
interface Told {
  readonly status: number;
  readonly target: string | null;
  readonly engine: string;
  readonly text: string;
}

/** The variables as an installation of the older system has them; the names of models are of its own choosing. */
function olderVariables(fast: string, deep: string): Record<string, string> {
  return {
    ARGOS_LLM_BASE_URL: `${fast}/v1`,
    ARGOS_LLM_MODEL: 'Qwen3-30B-Thinking',
    ARGOS_LLM_API_KEY: 'sk-fake-unused',
    ARGOS_LLM_DEFAULT_LANE: 'orchestrator',
    ARGOS_LANE_ORCHESTRATOR_URL: `${fast}/v1`,
    ARGOS_LANE_ORCHESTRATOR_MODEL: 'Qwen3-30B-Thinking',
    ARGOS_LANE_ORCHESTRATOR_BACKEND: 'vllm',
    ARGOS_LANE_CODER_URL: `${fast.replace('127.0.0.1', 'localhost')}/v1`,
    ARGOS_LANE_CODER_MODEL: 'Qwen3-Coder-30B-1M',
    ARGOS_LANE_CODER_BACKEND: 'vllm',
    ARGOS_LANE_SUPER_READER_URL: `${deep}/v1`,
    ARGOS_LANE_SUPER_READER_MODEL: 'Nemotron-8B-UltraLong-4M',
    ARGOS_LANE_SUPER_READER_MODEL_PATH: '/models/nemotron-4m.gguf',
    ARGOS_LANE_SUPER_READER_BACKEND: 'llama_cpp',
    ARGOS_LANE_FAST_RAG_URL: `${fast}/v1`,
    ARGOS_LANE_FAST_RAG_MODEL: 'MegaBeam-Mistral-7B-512k',
    ARGOS_LANE_FAST_RAG_BACKEND: 'vllm',
    ARGOS_LANE_GOVERNANCE_URL: deep,
    ARGOS_LANE_GOVERNANCE_MODEL: 'Granite-4.x-Long-Context',
    ARGOS_LANE_GOVERNANCE_MODEL_PATH: '/models/granite.gguf',
    ARGOS_LANE_GOVERNANCE_BACKEND: 'llama_cpp',
  };
}

/** Without a backend nothing but its answers tells what a server is. */
function withoutBackends(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => !/_(BACKEND|MODEL_PATH)$/.test(name)),
  );
}

async function ask(laneway: GatewayProcess, model: string, stream: boolean): Promise<Told> {
  const reply = await post(`${laneway.url}/v1/chat/completions`, {
    model,
    stream,
    max_tokens: 8,
    temperature: 0,
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
  });
  const body = await reply.text();
  const told = { status: reply.status, target: reply.headers.get('x-laneway-target') };
  if (!stream || reply.status !== 200) {
    const { model: engine, choices } = JSON.parse(body) as {
      model?: string;
      choices?: { message: { content: string } }[];
    };
    return { ...told, engine: engine ?? body, text: choices?.[0]?.message.content ?? '' };
  }
  const events = [...body.matchAll(/^data: (\{.*)$/gm)].map(
    ([, event = '']) => JSON.parse(event) as { model: string; choices: { delta: { content?: string } }[] },
  );
  expect(body.trimEnd().endsWith('data: [DONE]')).toBe(true);
  const engines = new Set(events.map((event) => event.model));
  const text = events.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  return { ...told, engine: [...engines].join(), text };
}

describeWithEngine('the variables of an older installation, and no file at all', () => {
  let fast: LlamaServer;
  let deep: LlamaServer;

  beforeAll(async () => {
    fast = await startLlama({ model: FAST });
    deep = await startLlama({ model: DEEP });
  }, 60_000);
  afterAll(async () => {
    await fast.stop();
    await deep.stop();
  });

  describe('as they were, with model, path and backend', () => {
    let laneway: GatewayProcess;
    beforeAll(async () => {
      laneway = await startProcess({ env: olderVariables(fast.url, deep.url) });
    });
    afterAll(() => laneway.stop());

    test.each([
      ...FAST_LANES.map((lane) => [lane, FAST, `env/${FAST}`]),
      ...DEEP_LANES.map((lane) => [lane, DEEP, `env-governance/${DEEP}`]),
    ])('lane %s is answered by its own server, streamed and not', async (lane, engine, target) => {
      for (const model of [lane, `lane:${lane}`]) {
        const whole = await ask(laneway, model, false);
        const streamed = await ask(laneway, model, true);
        expect(whole).toMatchObject({ status: 200, engine, target });
        expect(streamed).toEqual(whole);
        expect(whole.text).not.toBe('');
      }
    });

    test('a request without a model goes to the lane that the variables call the default', async () => {
      expect(await ask(laneway, 'auto', false)).toMatchObject({ status: 200, engine: FAST });
    });

    test('it is told once for each lane that the server holds a model of another name', () => {
      const lines = laneway.stderr().split('\n');
      for (const lane of [...FAST_LANES, ...DEEP_LANES]) {
        const told = lines.filter((line) => line.includes(`lane \\"${lane}\\": the environment names`));
        expect(told).toHaveLength(1);
      }
    });

    test('the effective configuration says that the environment put the targets there', async () => {
      const reply = await fetch(`${laneway.url}/api/debug/config?explain=1`);
      const { providers } = (await reply.json()) as { providers: Record<string, Record<string, unknown>> };
      expect(providers['env']?.['base_url']).toEqual({ value: `${fast.url}/v1`, layer: 'environment' });
      expect(laneway.stdout() + laneway.stderr()).not.toContain('sk-fake-unused');
    });
  });

  test('a server that starts after the gateway is found, known for what it is, and takes its lanes', async () => {
    const port = await freePort();
    const laneway = await startProcess({
      env: {
        ...withoutBackends(olderVariables(fast.url, `http://127.0.0.1:${port}`)),
        ARGOS_LANE_FAST_RAGG_URL: 'http://127.0.0.1:1',
        ARGOS_LLM_BASEURL: 'http://127.0.0.1:1',
      },
    });
    let late: LlamaServer | null = null;
    try {
      for (const lane of FAST_LANES) {
        expect(await ask(laneway, lane, true)).toMatchObject({ status: 200, target: `env/${FAST}` });
      }
      // Its server is not there: another target of the lane's chain answers meanwhile.
      expect(await ask(laneway, 'governance', false)).toMatchObject({ status: 200, engine: FAST });

      late = await startLlama({ model: DEEP, port });
      const deadline = Date.now() + 20_000;
      let told = await ask(laneway, 'governance', false);
      while (told.engine !== DEEP && Date.now() < deadline) {
        await sleep(200);
        told = await ask(laneway, 'governance', false);
      }
      for (const lane of DEEP_LANES) {
        for (const stream of [false, true]) {
          expect(await ask(laneway, lane, stream)).toMatchObject({
            status: 200,
            engine: DEEP,
            target: `env-governance/${DEEP}`,
          });
        }
      }
      expect(laneway.stderr()).toContain('did you mean ARGOS_LLM_BASE_URL?');
      expect(laneway.stderr()).toContain(
        'unknown lane \\"fast_ragg\\"; did you mean ARGOS_LANE_FAST_RAG_URL?',
      );
    } finally {
      await laneway.stop();
      await late?.stop();
    }
  }, 60_000);
});
