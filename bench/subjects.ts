import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { NODE_FLAGS, VARIABLES } from '../scripts/process-options.mjs';
import { COMPLETION, httpRequest, requestBody } from './payload.ts';
import type { Peer } from './peers.ts';
import { startProcess, stopProcess } from './processes.ts';
import { freeLoopbackPort } from '../src/engines/drivers/processes/free-port.ts';

/** The proxies between client and upstream: `bare`, `laneway`, `before` (another checkout of Laneway) or a peer's name. */
export type SubjectName = string;

/** What proxies are started with. */
export interface Setup {
  readonly upstreamPort: number;
  /** Temporary: configuration, state and logs of the proxies. */
  readonly folder: string;
  /** The checkout of the subject `before`. */
  readonly before?: string | null;
  readonly peers?: readonly Peer[];
  /** Options of Node for the bare proxy and for Laneway. */
  readonly nodeOptions?: readonly string[];
}

/** One proxy under test, running. */
export interface Subject {
  readonly name: SubjectName;
  readonly pid: number;
  readonly port: number;
  /** From the start of the process to its first 200 from the upstream, in ms. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '..');
/** Some peers are programs of many modules. */
const START_MS = 60_000;

/** Models that the bench asks for: by Laneway's own guard, with the upstream's events trusted, and over other wires. */
export const MODEL = {
  guarded: 'bench',
  trusted: 'bench-trusted',
  translated: 'bench-translated',
  responses: 'bench-responses',
  ollama: 'bench-ollama',
} as const;

/** Starts a proxy on core 1 in front of the upstream and waits for its first answer. Throws after 60 s. */
export async function startSubject(name: SubjectName, setup: Setup): Promise<Subject> {
  const port = await freeLoopbackPort();
  const begin = performance.now();
  const child = launch(name, port, setup);
  const request = httpRequest(port, requestBody(2048, MODEL.guarded, null));
  while (!(await answers(port, request))) {
    if (child.pid === undefined || child.exitCode !== null || performance.now() - begin > START_MS) {
      await stopProcess(child);
      const log = readFileSync(logOf(name, setup.folder), 'utf8').slice(-2000);
      throw new Error(`${name} does not answer:\n${log}`);
    }
  }
  const startMs = performance.now() - begin;
  return { name, pid: child.pid ?? 0, port, startMs, stop: () => stopProcess(child) };
}

/** What runs of a checkout: its build, if there is one. */
function programOf(checkout: string): string {
  const built = join(checkout, 'dist/main.js');
  return existsSync(built) ? built : join(checkout, 'src/main.ts');
}

function launch(name: SubjectName, port: number, setup: Setup): ChildProcess {
  const { upstreamPort, folder, nodeOptions = [] } = setup;
  const log = logOf(name, folder);
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  switch (name) {
    case 'bare':
      return startProcess(1, process.execPath, [...nodeOptions, join(root, 'bench/bare.ts')], {
        log,
        env: { PORT: String(port), UPSTREAM: upstream },
      });
    case 'laneway':
    case 'before': {
      const checkout = name === 'before' ? (setup.before ?? root) : root;
      const config = join(folder, `${name}-config`);
      mkdirSync(config, { recursive: true });
      writeFileSync(join(config, 'models.json'), JSON.stringify(lanewayConfiguration(upstream), null, 2));
      return startProcess(1, process.execPath, [...nodeOptions, ...NODE_FLAGS, programOf(checkout)], {
        log,
        // not the repository: an .env there is its owner's
        cwd: folder,
        env: {
          ...VARIABLES,
          LANEWAY_PORT: String(port),
          LANEWAY_CONFIG_DIR: config,
          LANEWAY_DATA_DIR: join(folder, `${name}-data`),
          BENCH_API_KEY: 'sk-fake-upstream',
        },
      });
    }
    default: {
      const peer = setup.peers?.find((each) => each.name === name);
      if (peer === undefined) throw new Error(`${name}: no such proxy`);
      return peer.start({ port, upstreamPort, folder, log });
    }
  }
}

/** One server under several names: guarded event by event, trusted as OpenAI's own streams are, and with other wires. */
function lanewayConfiguration(upstream: string): object {
  const server = { type: 'openai_compatible', base_url: `${upstream}/v1`, local: true };
  return {
    default_lane: 'orchestrator',
    providers: {
      upstream: server,
      trusted: { ...server, trusted_stream: true },
      translated: { type: 'anthropic', base_url: upstream, api_key: 'env:BENCH_API_KEY', local: true },
      responses: { type: 'openai', base_url: `${upstream}/v1`, api_key: 'env:BENCH_API_KEY', local: true },
      ollama: { type: 'ollama', base_url: upstream, local: true },
    },
    lanes: { orchestrator: { preferred: ['upstream/bench-model'] } },
    nodes: {
      [MODEL.guarded]: { model: 'upstream/bench-model' },
      [MODEL.trusted]: { model: 'trusted/bench-model' },
      [MODEL.translated]: { model: 'translated/bench-model' },
      // A model that speaks the Responses API alone.
      [MODEL.responses]: { model: 'responses/gpt-5-pro' },
      [MODEL.ollama]: { model: 'ollama/bench-model' },
    },
  };
}

function logOf(name: string, folder: string): string {
  return join(folder, `${name}.log`);
}

/** One request over a fresh connection; false when refused, or when the answer is not the upstream's. */
function answers(port: number, request: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    const settle = (good: boolean): void => {
      socket.destroy();
      // the next try soon, but not so soon that trying is load
      setTimeout(
        () => {
          resolve(good);
        },
        good ? 0 : 3,
      );
    };
    socket.setTimeout(5_000, () => {
      settle(false);
    });
    socket.on('error', () => {
      settle(false);
    });
    socket.on('connect', () => socket.write(request));
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      if (text.length >= COMPLETION.length || !text.startsWith('HTTP/1.1 200')) {
        settle(text.startsWith('HTTP/1.1 200') && text.includes('chatcmpl-9f2c4b1e7d6a4f0c8e3b5a1d'));
      }
    });
  });
}
