import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { post, startProcess, type GatewayProcess } from '../process.ts';
import { startOllama, type Ollama } from './ollama.ts';

/** Full ids of the models of `startOllamaGateway`. */
export const [SMOL, TINY] = ['o/smollm2-135m:latest', 'o/tiny-random:latest'] as const;

/** A gateway in its own process, and an Ollama with two models that do not fit into its pool together. */
export interface OllamaGateway {
  readonly ollama: Ollama;
  readonly gateway: GatewayProcess;
  /** The server and its runners. */
  engines(): Promise<readonly number[]>;
  get<Body>(path: string): Promise<Body>;
  chat(body: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Response>;
  /** An operator's call for a model, by its full id. */
  operate(verb: 'load' | 'unload', model: string): Promise<Response>;
  /** Switches the model bar to a model, by its full id. */
  switchTo(model: string): Promise<Response>;
  /** Starts the gateway again in the same folder, after whatever has ended it. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startOllamaGateway(): Promise<OllamaGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-ollama-gateway-'));
  const ollama = await startOllama(['smollm2-135m', 'tiny-random']);
  const models = {
    default_lane: 'main',
    // Ollama 0.17.4 never answers a load whose runner was killed before it listened; five stall times end it.
    providers: { o: { type: 'ollama', base_url: ollama.url, engine: { stop_s: 5, stall_s: 2 } } },
    pools: { local: { budget_gb: 0.147, reserve_gb: 0, min_residency_s: 0 } },
    lanes: { main: { preferred: [SMOL, TINY], wait_while_loading: true } },
  };
  const variables = {
    LANEWAY_CONFIG_DIR: join(folder, 'config'),
    LANEWAY_DATA_DIR: join(folder, 'data'),
  };
  const start = (): Promise<GatewayProcess> =>
    startProcess({ folder, files: { 'models.json': models }, env: variables });
  let gateway = await start();
  return {
    ollama,
    get gateway() {
      return gateway;
    },
    engines: async () => [ollama.pid, ...(await ollama.runners())],
    get: async (path) => (await fetch(gateway.url + path)).json() as never,
    chat: (body, signal) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello?' }], max_tokens: 4, ...body }),
        ...(signal === undefined ? {} : { signal }),
      }),
    operate: (verb, model) =>
      post(`${gateway.url}/api/engines/o/models/${encodeURIComponent(model.slice(2))}/${verb}`, {}),
    switchTo: (model) => post(`${gateway.url}/api/models/switch`, { provider: 'o', model: model.slice(2) }),
    restart: async () => {
      await gateway.stop();
      gateway = await start();
    },
    stop: async () => {
      await gateway.stop();
      await ollama.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
