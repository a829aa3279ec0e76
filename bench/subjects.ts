import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { NODE_FLAGS, VARIABLES } from '../scripts/process-options.mjs';
import { COMPLETION, httpRequest, requestBody } from './payload.ts';
import { findProgram, startProcess, stopProcess } from './processes.ts';

/** The proxies between client and upstream; `before`: another checkout of Laneway, to compare with. */
export type SubjectName = 'bare' | 'laneway' | 'before' | 'nginx';

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
const START_MS = 20_000;

/** Models that the bench asks for: by Laneway's own guard, with the upstream's events trusted, and over other wires. */
export const MODEL = {
  guarded: 'bench',
  trusted: 'bench-trusted',
  translated: 'bench-translated',
  responses: 'bench-responses',
  ollama: 'bench-ollama',
} as const;

/** The proxies that can be measured here. */
export function availableSubjects(): SubjectName[] {
  return findProgram('nginx') === null ? ['bare', 'laneway'] : ['bare', 'laneway', 'nginx'];
}

/**
 * Starts a proxy on core 1 in front of the upstream and waits for its first answer; `before` is the checkout of the
 * subject of that name. Throws after 20 s.
 */
export async function startSubject(
  name: SubjectName,
  upstreamPort: number,
  folder: string,
  before: string | null = null,
): Promise<Subject> {
  const port = await freePort();
  const begin = performance.now();
  const child = launch(name, port, upstreamPort, folder, before);
  const request = httpRequest(port, requestBody(2048, MODEL.guarded, null));
  while (!(await answers(port, request))) {
    if (child.exitCode !== null || performance.now() - begin > START_MS) {
      await stopProcess(child);
      throw new Error(`${name} does not answer:\n${readFileSync(logOf(name, folder), 'utf8').slice(-2000)}`);
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

function launch(
  name: SubjectName,
  port: number,
  upstreamPort: number,
  folder: string,
  before: string | null,
): ChildProcess {
  const log = logOf(name, folder);
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  switch (name) {
    case 'bare':
      return startProcess(1, process.execPath, [join(root, 'bench/bare.ts')], {
        log,
        env: { PORT: String(port), UPSTREAM: upstream },
      });
    case 'laneway':
    case 'before': {
      const checkout = name === 'before' ? (before ?? root) : root;
      const config = join(folder, `${name}-config`);
      mkdirSync(config, { recursive: true });
      writeFileSync(join(config, 'models.json'), JSON.stringify(lanewayConfiguration(upstream), null, 2));
      return startProcess(1, process.execPath, [...NODE_FLAGS, programOf(checkout)], {
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
    case 'nginx': {
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, nginxConfiguration(port, upstreamPort, folder));
      return startProcess(1, findProgram('nginx') ?? 'nginx', ['-c', file], { log });
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

function nginxConfiguration(port: number, upstreamPort: number, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`)
    .join(' ');
  return `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx-error.log crit;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  access_log off; ${temporary}
  keepalive_requests 1000000000; tcp_nodelay on; client_body_buffer_size 64m; client_max_body_size 64m;
  upstream model { server 127.0.0.1:${upstreamPort}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer sk-fake-upstream"; proxy_buffering off; proxy_read_timeout 600s;
    }
  }
}
`;
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
