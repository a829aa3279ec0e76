import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'laneway-build-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

/** A clone of the repository with its installed packages, without `left`. */
function checkout(name: string, left: readonly string[] = []): string {
  const clone = join(folder, name);
  for (const part of [
    'src',
    'scripts',
    'config',
    'migrations',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ]) {
    cpSync(join(root, part), join(clone, part), { recursive: true, preserveTimestamps: true });
  }
  const packages = join(clone, 'node_modules');
  mkdirSync(packages);
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (!left.includes(entry)) symlinkSync(join(root, 'node_modules', entry), join(packages, entry));
  }
  return clone;
}

/** Starts the demo; resolves with what it wrote to standard error until its first 200. */
async function startDemo(
  clone: string,
  nodeArgs: readonly string[] = [],
): Promise<{ readonly stderr: string; readonly url: string }> {
  const child = spawn(process.execPath, [...nodeArgs, join(clone, 'scripts/start.mjs'), '--demo'], {
    cwd: clone,
    env: { ...process.env, LANEWAY_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  for (;;) {
    const url = /listening on (\S+)/.exec(stdout)?.[1];
    if (url !== undefined && (await fetch(`${url}/health`)).ok) return { stderr, url };
    if (child.exitCode !== null) throw new Error(stderr);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('the gateway is built at its first start, again after a change of its sources, and at no other', async () => {
  const clone = checkout('fresh');
  const first = await startDemo(clone);
  expect(first.stderr).toContain('building dist/');
  expect(readdirSync(join(clone, 'dist'))).toContain('main.js');
  const chat = await fetch(`${first.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"auto","messages":[{"role":"user","content":"Say hello."}]}',
  });
  expect(await chat.text()).toContain('practice model');
  running[0]?.kill('SIGTERM');
  await once(running.splice(0)[0]!, 'exit');

  expect((await startDemo(clone)).stderr).not.toContain('building');
  running[0]?.kill('SIGTERM');
  await once(running.splice(0)[0]!, 'exit');

  writeFileSync(join(clone, 'src/util/added.ts'), 'export {};\n');
  expect((await startDemo(clone)).stderr).toContain('building dist/');
}, 60_000);

test('without development packages the gateway starts from its sources, and says so in one line', async () => {
  const { stderr } = await startDemo(checkout('production', ['rolldown', '@rolldown', 'vite']));
  expect(stderr).toContain('starting from the sources');
  expect(stderr).not.toMatch(/building|\n\s+at /);
}, 60_000);

/** Preloaded into the launcher: writing is refused as in a read-only file system, whoever runs the test. */
const readOnly = `data:text/javascript,import fs from 'node:fs';import { syncBuiltinESMExports } from 'node:module';
  fs.accessSync = () => { throw Object.assign(new Error('read-only'), { code: 'EROFS' }); };
  syncBuiltinESMExports();`;

test('a clone that cannot be written is not built: one line says so', async () => {
  const clone = checkout('read-only');
  const { stderr } = await startDemo(clone, ['--import', readOnly]);
  expect(stderr).toContain(
    'starting from the sources, which takes longer: dist/ cannot be written (EROFS)\n',
  );
  expect(stderr).not.toMatch(/building|\n\s+at /);
  expect(existsSync(join(clone, 'dist'))).toBe(false);
}, 60_000);

const builds = (clone: string): string[] => readdirSync(clone).filter((name) => name.startsWith('dist'));

test.each(['while it starts', 'while it writes'])(
  'a signal to the build %s ends it, and no gateway starts',
  async (when) => {
    const clone = checkout(when);
    const child = spawn(process.execPath, [join(clone, 'scripts/start.mjs'), '--demo'], {
      cwd: clone,
      env: { ...process.env, LANEWAY_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await once(child.stderr, 'data');
    // There is something to remove, or the build ends just now.
    if (when === 'while it writes')
      await vi.waitUntil(() => builds(clone).length > 0, { timeout: 30_000, interval: 5 });
    child.kill('SIGTERM');
    // Its output is closed once the build has ended, too.
    expect(await once(child, 'close')).toEqual([143, null]);
    expect(stdout).toBe('');
    expect(builds(clone).filter((name) => name !== 'dist')).toEqual([]);
  },
  60_000,
);

test('the end of npm during the build ends it, and no gateway starts', async () => {
  const clone = checkout('npm');
  // npm's shell does not forward signals.
  const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/start.mjs --demo; true`], {
    cwd: clone,
    env: { ...process.env, LANEWAY_PORT: '0', npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(shell);
  let stdout = '';
  shell.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  await once(shell.stderr, 'data');
  shell.kill('SIGTERM');
  await once(shell, 'close');
  expect(stdout).toBe('');
  expect(builds(clone)).toEqual([]);
}, 60_000);

test('a build that fails leaves nothing, and removes what a killed one has left', async () => {
  const clone = checkout('broken');
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  mkdirSync(join(clone, `dist.${child.pid}`));
  mkdirSync(join(clone, `dist.${process.pid}`));
  rmSync(join(clone, 'src', 'app.ts'));
  const build = spawn(process.execPath, [join(clone, 'scripts/build.mjs')], { cwd: clone, stdio: 'ignore' });
  const [code] = (await once(build, 'exit')) as [number];
  expect(code).toBe(1);
  expect(builds(clone)).toEqual([`dist.${process.pid}`]);
}, 60_000);
