import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  endOrphans,
  engineToken,
  recordedServer,
  recordServer,
  TOKEN_VARIABLE,
} from '../../../src/engines/drivers/processes/orphans.ts';
import { createProcessTable } from '../../../src/engines/drivers/processes/process-table.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { processesWith, table, until } from '../../support/engines/drivers.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-orphans-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A process that does nothing, with this token, or the environment given. */
async function sleeper(token: string, script = 'setInterval(() => undefined, 1e6)'): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', script], {
    env: { PATH: process.env['PATH'], [TOKEN_VARIABLE]: token },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  children.push(child);
  await once(child, 'spawn');
  return child;
}

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

test('the token of a data directory is random, stays, and only its owner can read it', async () => {
  const token = await engineToken(join(folder, 'engines'));
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(await engineToken(join(folder, 'engines'))).toBe(token);
  expect(statSync(join(folder, 'engines/token')).mode & 0o777).toBe(0o600);
  expect(await engineToken(join(folder, 'other'))).not.toBe(token);
});

test('a token file that was cut off is replaced', async () => {
  writeFileSync(join(folder, 'token'), 'abc');
  expect(await engineToken(folder)).toMatch(/^[0-9a-f]{32}$/);
});

describe.skipIf(!table.isReadable)('what an earlier run has left', () => {
  test('is ended with its children, and nothing else is', async () => {
    const token = await engineToken(folder);
    const parent = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(()=>{},1e6)'], {detached: true, stdio: 'ignore'}); setInterval(() => undefined, 1e6)`;
    const ours = await sleeper(token, parent);
    const others = [await sleeper(`${token}0`), await sleeper(token.slice(1)), await sleeper(`x${token}`)];
    await until(async () => (await processesWith(token)).length === 2);
    const report = await endOrphans(table, token, systemTime);
    expect(report).toEqual({ ended: 2, left: [], isSupported: true });
    expect(isAlive(ours)).toBe(false);
    expect(others.map(isAlive)).toEqual([true, true, true]);
  });

  test('gets SIGKILL if it ignores SIGTERM', async () => {
    const token = await engineToken(folder);
    const child = await sleeper(
      token,
      `process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1e6)`,
    );
    await once(child.stdout ?? child, 'data');
    await endOrphans(table, token, systemTime);
    expect(child.signalCode).toBe('SIGKILL');
  });

  test('is nothing after an orderly end', async () => {
    expect(await endOrphans(table, await engineToken(folder), systemTime)).toEqual({
      ended: 0,
      left: [],
      isSupported: true,
    });
  });

  test('is not signalled when its number belongs to another process by now', async () => {
    const child = await sleeper('a'.repeat(32));
    const pid = child.pid ?? 0;
    const start = (await table.startOf(pid)) ?? '';
    expect(table.signal({ pid, start: `${start}1` }, 'SIGKILL')).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAlive(child)).toBe(true);
    expect(table.signal({ pid, start }, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect(await table.startOf(pid)).toBeNull();
  });

  test('that was recorded is known again while it runs, and not after it', async () => {
    const child = await sleeper('b'.repeat(32));
    const pid = child.pid ?? 0;
    const path = join(folder, 'server.json');
    await recordServer(path, { pid, start: (await table.startOf(pid)) ?? '' });
    expect(await recordedServer(path, table)).toMatchObject({ pid });
    expect(readFileSync(path, 'utf8')).toContain(String(pid));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await recordedServer(path, table)).toBeNull();
  });

  test.each(['', '{', '[]', '{"pid":"1","start":"x"}', '{"pid":1,"start":"x"}', '{"pid":-1,"start":"x"}'])(
    'is not read from a record that is broken: %j',
    async (text) => {
      const path = join(folder, 'server.json');
      writeFileSync(path, text);
      expect(await recordedServer(path, table)).toBeNull();
    },
  );

  test('shows what it has done so far', async () => {
    const activity = await table.activityOf(process.pid);
    expect(activity?.ticks).toBeGreaterThan(0);
    expect(activity?.residentBytes).toBeGreaterThan(1024 * 1024);
    expect(await table.activityOf(2 ** 30)).toBeNull();
  });
});

test('where there is no /proc, nothing is found, nothing is signalled, and that is said', async () => {
  const blind = createProcessTable(join(folder, 'proc'));
  expect(await endOrphans(blind, 'a'.repeat(32), systemTime)).toEqual({
    ended: 0,
    left: [],
    isSupported: false,
  });
  expect(await blind.startOf(process.pid)).toBeNull();
  expect(blind.signal({ pid: process.pid, start: '' }, 'SIGKILL')).toBe(false);
});

test('a process whose name has brackets and spaces is read right, and a zombie is not alive', async () => {
  const root = join(folder, 'proc');
  const fields = Array.from({ length: 40 }, (_, index) => String(index + 4));
  mkdirSync(join(root, 'sys/kernel/random'), { recursive: true });
  writeFileSync(join(root, 'sys/kernel/random/boot_id'), 'boot\n');
  for (const [pid, state] of [
    ['50', 'S'],
    ['51', 'Z'],
  ] as const) {
    mkdirSync(join(root, pid));
    writeFileSync(join(root, pid, 'stat'), `${pid} (a) S (b c) ${state} ${fields.join(' ')}\n`);
    writeFileSync(join(root, pid, 'environ'), `PATH=/bin\0X=1\0`);
  }
  const fake = createProcessTable(root);
  // proc_pid_stat(5): the start is field 22, the session field 6.
  expect(await fake.startOf(50)).toBe('boot/22');
  expect(await fake.startOf(51)).toBeNull();
  expect(await fake.membersOf(6)).toEqual([{ pid: 50, start: 'boot/22' }]);
  expect(await fake.withVariable('X', '1')).toEqual([{ pid: 50, start: 'boot/22' }]);
  expect(await fake.withVariable('X', '')).toEqual([]);
  for (const [environment, isFound] of [
    ['X=1\0', true],
    ['YX=1\0X=1\0', true],
    ['YX=1\0', false],
    ['X=12\0', false],
  ] as const) {
    writeFileSync(join(root, '50', 'environ'), environment);
    expect((await fake.withVariable('X', '1')).length > 0).toBe(isFound);
  }
});
