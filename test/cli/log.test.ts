import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { logStyle } from '../../src/cli/log.ts';
import { formatLine } from '../../src/cli/log-lines.ts';
import { startProcess } from '../support/process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ESCAPE = '\u001b';

function line(fields: Readonly<Record<string, unknown>>, colors = false): string {
  const json = JSON.stringify({ level: 40, time: '2026-01-02T03:04:05.678Z', ...fields });
  return formatLine(`${json}\n`, { colors });
}

test('a warning for people has the time, the level, the message and its fields', () => {
  expect(line({ target: 'a/m', n: 2, msg: 'a/m refused the connection' })).toMatch(
    /^\d\d:04:05 warning a\/m refused the connection \(target: a\/m, n: 2\)\n$/,
  );
  expect(line({ level: 30, msg: 'shutting down' })).toMatch(/^\S+ info    shutting down\n$/);
});

test('an error for people has its stack on lines of their own', () => {
  const text = line({
    level: 50,
    msg: 'internal error',
    err: { type: 'Error', message: 'x', stack: 'Error: x\n  at f' },
  });
  expect(text).toMatch(/ error {3}internal error\n {4}Error: x\n {4}at f\n$/);
});

test('colours are used only when they are on', () => {
  expect(line({ msg: 'x' }, true)).toContain(`${ESCAPE}[33mwarning${ESCAPE}[0m`);
  expect(line({ msg: 'x', a: 1 })).not.toContain(ESCAPE);
});

test('text from a server cannot control the terminal or forge a line', () => {
  const text = line({ msg: `a${ESCAPE}[2J\nb`, target: `x\r\u202ey`, [`k\n`]: 1 });
  expect(text).not.toMatch(/[\u001b\r\u202e]/);
  expect(text.trimEnd()).not.toContain('\n');
});

test('a line that is no JSON is passed on', () => {
  expect(formatLine('oops\n', { colors: true })).toBe('oops\n');
});

test.each([
  [null, true, {}, 'text', true],
  [null, false, {}, 'json', false],
  [null, true, { NO_COLOR: '1' }, 'text', false],
  [null, true, { NO_COLOR: '' }, 'text', true],
  [null, true, { TERM: 'dumb' }, 'text', false],
  ['text', false, {}, 'text', false],
  ['json', true, {}, 'json', true],
] as const)(
  'LANEWAY_LOG_FORMAT %s, terminal %s, %j is %s with colours %s',
  (set, terminal, env, format, colors) => {
    expect(logStyle(set, terminal, env)).toEqual({ format, colors });
  },
);

/** A misspelt variable, which is a warning at start. */
const MISSPELT = { LANEWAY_PROT: '1' };

test('in a pipe the log is JSON, unless LANEWAY_LOG_FORMAT=text', async () => {
  const piped = await startProcess({ env: MISSPELT });
  onTestFinished(() => piped.stop());
  const lines = piped.stderr().trim().split('\n');
  expect(lines.map((each) => JSON.parse(each) as unknown)).toContainEqual(
    expect.objectContaining({ level: 40, msg: expect.stringContaining('LANEWAY_PROT') as string }),
  );
  const text = await startProcess({ env: { ...MISSPELT, LANEWAY_LOG_FORMAT: 'text' } });
  onTestFinished(() => text.stop());
  expect(text.stderr()).toMatch(/^\d\d:\d\d:\d\d warning .*LANEWAY_PROT/m);
  expect(text.stderr()).not.toContain(ESCAPE);
});

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).error === undefined;

test.skipIf(!hasScript)(
  `on a terminal the log is coloured lines for people${hasScript ? '' : ' (the command "script" is not installed)'}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'laneway-terminal-'));
    const command = `${process.execPath} ${join(ROOT, 'scripts/node.mjs')} ${join(ROOT, 'src/main.ts')}`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], TERM: 'xterm', LANEWAY_PORT: '0', ...MISSPELT },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    onTestFinished(async () => {
      // Ctrl-C, as at a keyboard: it ends the gateway, and with it the terminal.
      child.stdin.write('\u0003');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    await expect.poll(() => out, { timeout: 10_000 }).toContain('listening on');
    expect(out).toMatch(/\u001b\[33mwarning\u001b\[0m .*LANEWAY_PROT/);
    expect(out).not.toContain('"level"');
  },
);
