import type { Ollama } from 'ollama/browser';

import { json } from '../../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Script,
} from '../../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** The `ollama` package as a client of a gateway with one fake server, which speaks the wire of each provider. */
export interface OllamaClient {
  readonly gateway: TestGateway;
  readonly upstream: FakeUpstream;
  readonly client: Ollama;
  /** From now on this script answers, and `sent` is the last request to it. */
  answers(script: Script): void;
  sent(): FakeRequest | undefined;
  /** What the client throws; '' when it does not. */
  failure(call: Promise<unknown>): Promise<string>;
  stop(): Promise<void>;
}

/** Starts both; node `evaluate` is on the OpenAI wire, node `claude` on Anthropic's, node `vectors` makes vectors. */
export async function startOllamaClient(): Promise<OllamaClient> {
  const upstream = await startFakeUpstream(json(404, {}));
  const gateway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'main',
      providers: {
        open: {
          type: 'openai_compatible',
          base_url: `${upstream.url}/v1`,
          local: true,
        },
        anthropic: { type: 'anthropic', base_url: upstream.url, api_key: 'env:KEY' },
      },
      models: {
        'open/m': {
          capabilities: {
            context_length: 8192,
            parameter_count: 7_200_000_000,
            quantization: 'Q4_K_M',
            supports_vision: true,
            supports_reasoning: true,
          },
        },
        'open/plain': { capabilities: { supports_tools: false } },
        'open/vectors': { kind: 'embeddings' },
      },
      lanes: { main: { preferred: ['open/m'] }, coder: { preferred: ['open/plain'] } },
      nodes: {
        evaluate: { lane: 'main' },
        claude: { model: 'anthropic/claude-sonnet-4-5' },
        vectors: { kind: 'embeddings', model: 'open/vectors' },
      },
    },
  });
  const { Ollama: Client } = await import('ollama/browser');
  let before = 0;
  return {
    gateway,
    upstream,
    client: new Client({ host: gateway.url }),
    answers: (script) => {
      before = upstream.requests.length;
      upstream.use(script);
    },
    sent: () => (upstream.requests.length > before ? upstream.requests.at(-1) : undefined),
    failure: async (call) => {
      try {
        await call;
        return '';
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    stop: async () => {
      await gateway.stop();
      await upstream.close();
    },
  };
}

/** One chunk of a stream of the OpenAI wire. */
export function openChunk(delta: object, finish: string | null = null, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return JSON.stringify({
    id: 'c-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices,
    ...more,
  });
}

/** A whole reply of the OpenAI wire. */
export function openReply(message: object, finish = 'stop'): object {
  return {
    id: 'c-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };
}
