import { type ChildProcess, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, startProcess } from './processes.ts';

/** Another proxy, measured for orientation. */
export interface Peer {
  readonly name: string;
  /** Starts it on core 1; `log` takes its output. */
  readonly start: (at: PeerPlace) => ChildProcess;
}

/** Where a peer listens, what it passes requests to, and its temporary folder. */
export interface PeerPlace {
  readonly port: number;
  readonly upstreamPort: number;
  readonly folder: string;
  readonly log: string;
}

/**
 * The peers that this machine has, and why each of the others is left out. Builds the Go proxy into `folder`, of the
 * standard library alone, which takes about 20 s where Go has not compiled that before.
 */
export function installedPeers(folder: string): { peers: Peer[]; missing: string[] } {
  const peers: Peer[] = [];
  const missing: string[] = [];
  const nginx = findProgram('nginx');
  if (nginx === null) missing.push('nginx: not installed');
  else peers.push(nginxPeer(nginx));
  const go = findProgram('go');
  if (go === null) missing.push('go: not installed');
  else {
    try {
      peers.push(goPeer(go, folder));
    } catch (error) {
      missing.push(`go: cannot build its proxy (${(error as Error).message.split('\n')[0] ?? ''})`);
    }
  }
  return { peers, missing };
}

/**
 * The peer of `--peer NAME=COMMAND`: words separated by spaces, no shell, with `{port}` and `{upstream}` (an origin) in
 * any of them. Throws when it is not of that form.
 */
export function peerOf(option: string): Peer {
  const [, name, command] = /^([\w.-]+)=(\S.*)$/.exec(option) ?? [];
  if (name === undefined || command === undefined) throw new Error(`--peer ${option}: not NAME=COMMAND`);
  if (['bare', 'laneway', 'before', 'direct'].includes(name))
    throw new Error(`--peer ${option}: ${name} is a name of the bench's own`);
  const words = command.trim().split(/ +/);
  return {
    name,
    start: ({ port, upstreamPort, folder, log }) => {
      const [program = '', ...args] = words.map((word) =>
        word.replaceAll('{port}', String(port)).replaceAll('{upstream}', `http://127.0.0.1:${upstreamPort}`),
      );
      return startProcess(1, program, args, { log, cwd: folder });
    },
  };
}

function goPeer(go: string, folder: string): Peer {
  const program = join(folder, 'go-proxy');
  execFileSync(go, ['build', '-o', program, join(import.meta.dirname, 'proxy.go')], {
    // Nothing is downloaded: neither modules nor another version of Go.
    env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local' },
    stdio: 'pipe',
    timeout: 180_000,
  });
  return {
    name: 'go',
    start: ({ port, upstreamPort, log }) =>
      startProcess(1, program, ['-port', String(port), '-upstream', `http://127.0.0.1:${upstreamPort}`], {
        log,
      }),
  };
}

function nginxPeer(nginx: string): Peer {
  return {
    name: 'nginx',
    start: ({ port, upstreamPort, folder, log }) => {
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, nginxConfiguration(port, upstreamPort, folder));
      return startProcess(1, nginx, ['-c', file], { log });
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
