import { execFile, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';

import { processesWith } from './drivers.ts';
import { endEngine, ENGINES, freePort, modelFile, spawnUntilReady, type EngineModel } from './engines.ts';

/** A running Ollama on a loopback port. */
export interface Ollama {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Of the server; another one after `restart`. */
  readonly pid: number;
  /** Processes that run models, which the server has started. */
  runners(): Promise<readonly number[]>;
  /** Starts the server again on the same port, after it was ended or killed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

function findOllama(): string | null {
  const builds = existsSync(ENGINES)
    ? readdirSync(ENGINES).filter((name) => name.startsWith('ollama-v'))
    : [];
  const paths = builds.map((name) => join(ENGINES, name, 'ollama'));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** `describe` for tests with a real Ollama: skipped with the reason in its name where none is installed. */
export function describeWithOllama(name: string, tests: () => void): void {
  const reason = 'no Ollama installed; bring it with test/support/engines/install.sh ollama';
  const isThere = findOllama() !== null && existsSync(modelFile('minilm-l6-v2'));
  describe.skipIf(!isThere)(isThere ? name : `${name} (${reason})`, tests);
}

/** A model with a chat template of its own. */
export interface TemplatedModel {
  readonly name: string;
  readonly from: EngineModel;
  /** In Go's template language. */
  readonly template: string;
}

/** SmolLM2 with a template that makes it call tools: `NAME for X?` calls the tool NAME. */
export const TOOL_MODEL: TemplatedModel = {
  name: 'smollm2-135m-tools',
  from: 'smollm2-135m',
  template: readFileSync(join(import.meta.dirname, 'chatml-tools.gotmpl'), 'utf8'),
};

/** A model that Ollama takes for one that can think, since its template knows thinking. */
export const THINKER: TemplatedModel = {
  name: 'thinker',
  from: 'tiny-random',
  template:
    '{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}' +
    '{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n{{ if and $.IsThinkSet $.Think }}<think>\n{{ end }}',
};

/** Starts an Ollama that has these models, its data in a folder of its own. */
export async function startOllama(models: readonly (EngineModel | TemplatedModel)[]): Promise<Ollama> {
  const binary = findOllama();
  if (binary === null) throw new Error('no Ollama');
  const folder = mkdtempSync(join(tmpdir(), 'laneway-ollama-'));
  const host = `127.0.0.1:${await freePort()}`;
  const url = `http://${host}`;
  const variables = {
    OLLAMA_HOST: host,
    OLLAMA_MODELS: join(folder, 'models'),
    OLLAMA_NO_CLOUD: '1',
    OLLAMA_CONTEXT_LENGTH: '2048',
  };
  const start = (): Promise<ChildProcess> =>
    spawnUntilReady([binary, 'serve'], { folder, variables, readyUrl: `${url}/api/version` });
  let child = await start();
  for (const model of models) {
    const { name, from, template } =
      typeof model === 'string' ? { name: model, from: model, template: null } : model;
    const file = join(folder, name);
    const more = template === null ? '' : `TEMPLATE """${template}"""\nPARAMETER stop <|im_end|>\n`;
    writeFileSync(file, `FROM ${modelFile(from)}\nPARAMETER num_thread 1\n${more}`);
    const env = { PATH: process.env['PATH'], HOME: folder, ...variables };
    await promisify(execFile)(binary, ['create', name, '-f', file], { env, timeout: 30_000 });
  }
  const runners = async (): Promise<readonly number[]> => {
    const all = await processesWith(variables.OLLAMA_MODELS, 'OLLAMA_MODELS');
    return all.filter((pid) => pid !== child.pid);
  };
  return {
    url,
    get pid() {
      return child.pid ?? 0;
    },
    runners,
    restart: async () => {
      await endEngine(child, 'SIGTERM');
      child = await start();
    },
    stop: async () => {
      await endEngine(child, 'SIGTERM');
      for (const pid of await runners()) process.kill(pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
