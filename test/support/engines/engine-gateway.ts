import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { engineToken } from '../../../src/engines/drivers/processes/orphans.ts';
import { writeConfig } from '../config-files.ts';
import { post, startProcess, type GatewayProcess } from '../process.ts';
import { brokenFile, processesWith } from './drivers.ts';
import { findLlamaServer, freePort, modelFile, spawnUntilReady, endEngine } from './engines.ts';

/** Who runs the llama-server of a gateway: Laneway a router, Laneway one for each model, or somebody else a router. */
export type EngineSetup = 'own router' | 'own processes' | 'router of somebody else';

/** All of them, for `describe.each`. */
export const ENGINE_SETUPS: readonly EngineSetup[] = [
  'own router',
  'own processes',
  'router of somebody else',
];

/** The provider's id, and the ids of its models. */
export const [TINY, SMOL, BROKEN] = ['l/tiny', 'l/smol', 'l/broken'] as const;

/** A gateway with a llama-server and two models that do not fit into its pool together. */
export interface EngineGateway {
  readonly gateway: GatewayProcess;
  /** Processes of engines: what Laneway has started, or the router of somebody else and the servers of its models. */
  engines(): Promise<readonly number[]>;
  /** Those of them that serve one model each. */
  servers(): Promise<readonly number[]>;
  /** Those of a router itself; none where there is none. */
  routers(): Promise<readonly number[]>;
  /** What the owner of a router of somebody else does after its end. Does nothing where Laneway runs the engine. */
  startRouter(): Promise<void>;
  /**
   * Lets requests of engines wait whose method and path begin with this, but for the first `after` of each server; null:
   * none any more. Only with the option `holds`.
   */
  hold(what: string | null, after?: number): void;
  /** Writes another configuration, which the gateway takes over by itself. */
  configure(options: Changeable): void;
  get<Body>(path: string): Promise<Body>;
  /** `POST` as JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  chat(body: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Response>;
  /** Switches the model bar to a model, by its full id. */
  switchTo(model: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Starts it again in the same folder, after whatever has ended it. */
  restart(): Promise<void>;
  /** Ends it with SIGTERM; resolves with its exit code. */
  end(): Promise<number | null>;
  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}

/** What a test may choose. */
export interface EngineGatewayOptions {
  readonly lanes?: Readonly<Record<string, object>>;
  readonly pool?: Readonly<Record<string, number>>;
  readonly models?: Readonly<Record<string, object>>;
  /** More settings of `providers.l.engine`. */
  readonly engine?: Readonly<Record<string, number>>;
  /** More options of the `llama-server` in `engine.command`. */
  readonly serverOptions?: readonly string[];
  /** Of `base_url`, default `127.0.0.1`. */
  readonly host?: 'localhost';
  /** The engines can be made to wait (`hold`). */
  readonly holds?: boolean;
  /** The engines run in this control group (see `memoryGroup`). */
  readonly group?: string;
}

/** What may change while the gateway runs. */
type Changeable = Pick<EngineGatewayOptions, 'models' | 'pool' | 'engine' | 'serverOptions' | 'host'>;

/** Either model fits into it, both do not. Of a router of somebody else only the sizes of the files are known. */
const budgetOf = (setup: EngineSetup): object => ({
  budget_gb: setup === 'router of somebody else' ? 0.12 : 0.14,
  ...{ reserve_gb: 0, min_residency_s: 0 },
});

/** Starts it; `l/tiny` answers at once with nonsense, `l/smol` needs half a second to load, and `l/broken` cannot load. */
export async function startEngineGateway(
  setup: EngineSetup,
  { lanes = {}, holds = false, group, ...first }: EngineGatewayOptions = {},
): Promise<EngineGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-engines-'));
  const files = join(folder, 'models');
  const held = join(folder, 'held');
  const path = installed(folder, files, holds ? held : null, group);
  const port = await freePort();
  const cache = join(folder, 'router');
  const start = (): Promise<() => Promise<void>> => startOtherRouter(path, files, port, cache);
  let endRouter = setup === 'router of somebody else' ? await start() : null;
  const small = { context: 1024 };
  let chosen: Changeable = first;
  const configuration = (): object => ({
    default_lane: 'main',
    providers: { l: { type: 'llamacpp', ...providerOf(setup, files, port, chosen) } },
    models: {
      [TINY]: { ...small, ...chosen.models?.[TINY] },
      [SMOL]: { ...small, ...chosen.models?.[SMOL] },
    },
    pools: { local: { ...budgetOf(setup), ...chosen.pool } },
    lanes: { main: { preferred: [TINY, SMOL], wait_while_loading: true }, ...lanes },
  });
  const startGateway = (): Promise<GatewayProcess> =>
    startProcess({
      folder,
      files: { 'models.json': configuration() },
      env: {
        PATH: `${path}:${process.env['PATH'] ?? ''}`,
        LANEWAY_CONFIG_DIR: join(folder, 'config'),
        LANEWAY_DATA_DIR: join(folder, 'data'),
      },
    });
  let gateway = await startGateway();
  await untilListed(gateway.url);
  const token = await engineToken(join(folder, 'data', 'engines'));
  const engines = (): Promise<readonly number[]> =>
    endRouter === null ? processesWith(token) : processesWith(cache, 'LLAMA_CACHE');
  const only = async (isRouter: boolean): Promise<readonly number[]> =>
    (await engines()).filter((pid) => ROUTER_OPTIONS.test(commandLine(pid)) === isRouter);
  const send: EngineGateway['post'] = (at, body, headers) => post(gateway.url + at, body, headers);
  return {
    get gateway() {
      return gateway;
    },
    engines,
    servers: () => only(false),
    routers: () => only(true),
    startRouter: async () => {
      if (endRouter === null) return;
      await endRouter();
      endRouter = await start();
    },
    hold: (what, after = 0) => {
      if (what === null) rmSync(held, { force: true });
      else writeFileSync(held, `${what}\n${after}`);
    },
    configure: (options) => {
      chosen = options;
      writeConfig(folder, { 'models.json': configuration() });
    },
    get: async (at) => (await fetch(gateway.url + at)).json() as never,
    post: send,
    chat: (body, signal) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello?' }], max_tokens: 4, ...body }),
        ...(signal === undefined ? {} : { signal }),
      }),
    switchTo: (model, body = {}, headers) =>
      send('/api/models/switch', { provider: 'l', model: model.slice(2), ...body }, headers),
    restart: async () => {
      await gateway.stop();
      gateway = await startGateway();
      await untilListed(gateway.url);
    },
    end: async () => {
      gateway.child.kill('SIGTERM');
      return (await gateway.exit).code;
    },
    stop: async () => {
      await gateway.stop();
      await endRouter?.();
      for (const pid of await engines()) process.kill(pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A gateway on a busy machine may listen before its engine has listed what it can load. */
async function untilListed(url: string): Promise<void> {
  interface Body {
    readonly engines: readonly { readonly verbs: readonly string[]; readonly models: readonly object[] }[];
  }
  for (let left = 200; left > 0; left -= 1) {
    const { engines } = (await (await fetch(`${url}/api/engines`)).json()) as Body;
    if (engines.some(({ verbs, models }) => verbs.includes('load') && models.length > 1)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function providerOf(
  setup: EngineSetup,
  files: string,
  port: number,
  { engine = {}, serverOptions = [], host }: Changeable,
): object {
  const base = { base_url: `http://${host ?? '127.0.0.1'}:${port}` };
  if (setup === 'router of somebody else') return { ...base, engine };
  if (setup === 'own router') return { ...base, models_dir: files, engine };
  const server = [
    'llama-server',
    '-m',
    '{path}',
    '--alias',
    '{model}',
    '--port',
    '{port}',
    '-c',
    '{context}',
  ];
  return {
    models_dir: files,
    engine: { command: [...server, '-np', '2', ...serverOptions], stop_s: 2, ...engine },
  };
}

/** Only a router itself has them: it does not pass them on to the servers of its models. */
const ROUTER_OPTIONS = /--models-(?:preset|dir)/;

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/**
 * A folder with a `llama-server` for the PATH; `held`: one that waits as that file says; `group`: one that joins this
 * control group. Writes the files of the models.
 */
function installed(folder: string, files: string, held: string | null, group?: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  mkdirSync(files);
  const program = join(bin, 'llama-server');
  const holding = [process.execPath, join(import.meta.dirname, 'holding-server.mjs'), held];
  const command = [...(held === null ? [] : holding), findLlamaServer() ?? ''];
  const joins = group === undefined ? '' : `echo $$ > ${join(group, 'cgroup.procs')}\n`;
  // Threads of a llama-server wait for each other busily, so where they are more than the free cores it is ten times slower.
  const threads = 'export LLAMA_ARG_THREADS=1\n';
  writeFileSync(program, `#!/bin/sh\n${joins}${threads}exec ${command.join(' ')} "$@"\n`);
  chmodSync(program, 0o755);
  symlinkSync(modelFile('tiny-random'), join(files, 'tiny.gguf'));
  symlinkSync(modelFile('smollm2-135m'), join(files, 'smol.gguf'));
  copyFileSync(brokenFile('missing-tensor'), join(files, 'broken.gguf'));
  return bin;
}

async function startOtherRouter(
  bin: string,
  files: string,
  port: number,
  folder: string,
): Promise<() => Promise<void>> {
  const options = ['--models-dir', files, '--no-models-autoload', '--models-max', '0', '--threads', '1'];
  const command = [join(bin, 'llama-server'), '--host', '127.0.0.1', '--port', String(port), ...options];
  const readyUrl = `http://127.0.0.1:${port}/health`;
  const child = await spawnUntilReady(
    [...command, '-c', '1024', '-np', '2', '--cache-ram', '0', '--offline'],
    {
      folder,
      variables: { LLAMA_CACHE: folder, LLAMA_ARG_THREADS: '1' },
      readyUrl,
    },
  );
  return () => endEngine(child, 'SIGTERM');
}
