import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';

import { refusedUrl } from './fake-network.ts';

/** A running tinyproxy, Debian's small forward proxy. */
export interface Tinyproxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Its log so far. */
  log(): string;
}

/** `describe` for tests with a real proxy: skipped with the reason in its name where tinyproxy is not installed. */
export function describeWithTinyproxy(name: string, tests: () => void): void {
  const reason = 'tinyproxy is not installed; on Debian: apt-get install --no-install-recommends tinyproxy';
  const isThere = spawnSync('tinyproxy', ['-v']).error === undefined;
  describe.skipIf(!isThere)(isThere ? name : `${name} (${reason})`, tests);
}

/** Starts a tinyproxy with these further lines of configuration; it ends with its test. */
export async function startTinyproxy(...lines: readonly string[]): Promise<Tinyproxy> {
  const host = (await refusedUrl()).slice('http://'.length);
  const folder = mkdtempSync(join(tmpdir(), 'laneway-tinyproxy-'));
  const file = join(folder, 'tinyproxy.conf');
  const own = [`Port ${host.split(':')[1]}`, 'Listen 127.0.0.1', 'Timeout 600', 'LogLevel Connect'];
  writeFileSync(file, `${[...own, ...lines].join('\n')}\n`);
  const child = spawn('tinyproxy', ['-d', '-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  }
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  for (let tries = 0; !(await accepts(host)); tries += 1) {
    if (tries > 200) throw new Error(`tinyproxy does not listen:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { host, log: () => log };
}

function accepts(host: string): Promise<boolean> {
  const [address, port] = host.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), address);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
