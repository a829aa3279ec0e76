import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { writeConfig } from './support/config-files.ts';
import { hang, sse } from './support/fake-replies.ts';
import { startFakeUpstream, type Reply } from './support/fake-upstream.ts';
import { chunks, laneOver } from './support/gateway.ts';
import { chatScript } from './support/model-list.ts';
import { post } from './support/process.ts';

const ROOT = join(import.meta.dirname, '..');
const LAUNCHER = ['scripts/node.mjs', 'src/main.ts'];

/** An older Node has no `process.execve`, so that the launcher stays as parent. */
const WITHOUT_EXECVE = ['--import', 'data:text/javascript,delete process.execve'];

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

interface Started {
  readonly url: string;
  /** Sends a signal to the process group, as a terminal and most supervisors do. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when the gateway and its parents have ended. */
  readonly ended: Promise<unknown>;
}

async function start(command: string, args: readonly string[], answer: Reply): Promise<Started> {
  const upstream = await startFakeUpstream(chatScript(() => answer));
  const folder = mkdtempSync(join(tmpdir(), 'laneway-signals-'));
  writeConfig(folder, { 'models.json': laneOver([upstream.url]) });
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      LANEWAY_PORT: '0',
      LANEWAY_CONFIG_DIR: join(folder, 'config'),
      LANEWAY_DATA_DIR: join(folder, 'data'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const group = -(child.pid ?? 0);
  // The pipe closes once no process of the group holds it.
  const ended = new Promise((resolve) => child.once('close', resolve));
  cleanUp.push(
    () => {
      rmSync(folder, { recursive: true, force: true });
    },
    () => upstream.close(),
    () => {
      try {
        process.kill(group, 'SIGKILL');
      } catch {
        // It has ended.
      }
    },
  );
  return { url: await urlOf(child), signal: (name) => process.kill(group, name), ended };
}

async function urlOf(child: ChildProcess): Promise<string> {
  let out = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const url = /listening on (http:\/\/\S+)/.exec(out)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const CHAT = { model: 'main', stream: true, messages: [{ role: 'user', content: 'Hello?' }] };

describe.each([
  ['by its launcher', process.execPath, LAUNCHER],
  ['by its launcher on an older Node', process.execPath, [...WITHOUT_EXECVE, ...LAUNCHER]],
  ['by npm', 'npm', ['start']],
])('started %s', { timeout: 20_000 }, (_, command, args) => {
  test('one SIGTERM to all its processes lets a stream finish', async () => {
    const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
    const slow = sse([...chunks(...words), '[DONE]'], { delayMs: 200 });
    const laneway = await start(command, args, slow);
    const stream = await post(`${laneway.url}/v1/chat/completions`, CHAT);
    laneway.signal('SIGTERM');
    expect((await stream.text()).endsWith('data: [DONE]\n\n')).toBe(true);
    await laneway.ended;
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('a second %s ends it within a second', async (name) => {
    const laneway = await start(command, args, [...sse(chunks('one').slice(0, 2), { end: false }), hang()]);
    const stream = await post(`${laneway.url}/v1/chat/completions`, CHAT);
    laneway.signal(name);
    await pause(200);
    const since = performance.now();
    laneway.signal(name);
    expect(await stream.text()).toContain('"code":"draining"');
    await laneway.ended;
    expect(performance.now() - since).toBeLessThan(1_000);
  });
});

test(
  'a client that does not read does not delay the end after a second signal',
  { timeout: 20_000 },
  async () => {
    const long = sse([...chunks(...Array.from({ length: 400 }, () => 'x'.repeat(50_000)))], { end: false });
    const laneway = await start(process.execPath, LAUNCHER, [...long, hang()]);
    const { hostname, port } = new URL(laneway.url);
    const client = connect({ host: hostname, port: Number(port) });
    cleanUp.push(() => client.destroy());
    client.on('error', () => undefined).pause();
    const body = JSON.stringify(CHAT);
    client.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await pause(500);
    laneway.signal('SIGTERM');
    await pause(200);
    const since = performance.now();
    laneway.signal('SIGTERM');
    await laneway.ended;
    expect(performance.now() - since).toBeLessThan(1_000);
  },
);
