import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { post } from './support/process.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** It builds, and installs what it has built, so `npm test` alone passes it over. */
const WANTED = process.env['LANEWAY_TEST_PACKAGE'] === '1';
const title = WANTED ? 'the package' : 'the package (set LANEWAY_TEST_PACKAGE=1: it is built and installed)';

/** The folder of the Node that installs and runs the package; the pinned one unless it is named. */
const NODE_FOLDER = process.env['LANEWAY_TEST_PACKAGE_NODE'] ?? dirname(process.execPath);

/** All that an installation may take, in bytes. */
const LIMIT = 25_000_000;

const SWITCHES = ['LANEWAY_', 'XDG_', 'npm_', 'NODE_COMPILE_CACHE'];

describe.skipIf(!WANTED)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway package '));
  let tarball = '';
  /** From a folder beside it: npx takes an absolute path for a program. */
  let spec = '';
  let builtAt = 0;
  const running: ChildProcess[] = [];

  /** As a user's shell has it; nothing can be fetched. */
  const environment = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !SWITCHES.some((each) => name.startsWith(each))),
    ),
    PATH: [NODE_FOLDER, join(folder, 'global', 'bin'), process.env['PATH']].join(delimiter),
    HOME: join(folder, 'home'),
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_prefix: join(folder, 'global'),
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_update_notifier: 'false',
    LANEWAY_PORT: '0',
  };

  const emptyFolder = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };

  /** Starts a gateway by a command line; resolves with its address and what it printed. */
  async function start(command: string, args: readonly string[], cwd: string, env = {}): Promise<string[]> {
    const child = spawn(command, args, {
      ...{ cwd, env: { ...environment, ...env }, detached: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    for (;;) {
      const url = /listening on (\S+)/.exec(output)?.[1];
      if (url !== undefined && output.includes('"messages"')) return [url, output];
      if (child.exitCode !== null) throw new Error(output);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  beforeAll(async () => {
    mkdirSync(environment.HOME);
    // npm 10 does not create it for npx.
    mkdirSync(join(folder, 'global', 'lib'), { recursive: true });
    builtAt = Date.now();
    await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root });
    const target = emptyFolder('packed');
    await run('npm', ['pack', '--pack-destination', target], { cwd: root });
    const [name = ''] = readdirSync(target);
    tarball = join(target, name);
    spec = `../packed/${name}`;
  }, 120_000);

  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null) continue;
      const ended = once(child, 'close');
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      await ended;
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('contains what it needs, and nothing of the user or of earlier builds', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout
      .trim()
      .split('\n')
      .map((path) => path.slice('package/'.length));
    const below = (...folders: readonly string[]): string[] =>
      files.filter((path) => folders.some((each) => path.startsWith(`${each}/`))).toSorted();
    const fresh = readdirSync(join(root, 'dist', 'chunks'))
      .map((name) => `dist/chunks/${name}`)
      .filter((path) => statSync(join(root, path)).mtimeMs >= builtAt);
    expect(below('dist/chunks')).toEqual(fresh.toSorted());
    const kept = await run('git', ['ls-files', 'config', 'migrations'], { cwd: root });
    expect(below('config', 'migrations')).toEqual(kept.stdout.trim().split('\n').toSorted());
    const top = new Set(files.map((path) => path.split('/')[0]));
    expect([...top].toSorted()).toEqual([
      '.env.example',
      'LICENSE',
      'README.md',
      'config',
      'dist',
      'migrations',
      'package.json',
      'scripts',
    ]);
    expect(files.filter((path) => /package-lock|\.ts$|\.map$/.test(path))).toEqual([]);
    expect(files).toContain('dist/third-party-licences.txt');
  });

  test('serves in an empty folder with npx, with state in that folder, and its pages', async () => {
    const cwd = emptyFolder('an empty folder');
    const [url = '', output] = await start('npx', ['--yes', spec], cwd);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    expect(existsSync(join(cwd, 'data', 'laneway.db'))).toBe(true);
    expect(readdirSync(cwd)).toEqual(['data']);
    expect(output).toContain(`${join(cwd, 'config')} (not there yet`);
    expect(output).toContain('laneway demo');
    expect(output).not.toMatch(/"level":[45]0|Warning|npm /);
    const page = await (await fetch(`${url}/docs/`)).text();
    expect(page).toContain('Laneway API');
    const parts = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(parts.length).toBeGreaterThan(5);
    for (const path of [...parts, 'json', 'yaml']) {
      expect((await fetch(`${url}/docs/${path}`)).status, path).toBe(200);
    }
  }, 60_000);

  test('serves the demo beside it in another folder', async () => {
    const [first = ''] = await start('npx', ['--yes', spec], emptyFolder('one'));
    const [second = ''] = await start('npx', ['--yes', spec, 'demo'], emptyFolder('two'));
    const messages = [{ role: 'user', content: 'Say hello.' }];
    const chat = await post(`${second}/v1/chat/completions`, { model: 'auto', messages });
    expect(await chat.text()).toContain('practice model');
    expect((await fetch(`${first}/health`)).status).toBe(200);
    expect(readdirSync(join(folder, 'two', 'data'))).toEqual(['demo']);
  }, 60_000);

  test('installed in a project, brings nothing else, is small, and uses the folders of the project', async () => {
    const cwd = emptyFolder('project');
    writeFileSync(join(cwd, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd, env: environment });
    const installed = readdirSync(join(cwd, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['laneway']);
    expect(sizeOf(join(cwd, 'node_modules'))).toBeLessThan(LIMIT);
    await start(join(cwd, 'node_modules', '.bin', 'laneway'), ['start'], cwd);
    expect(existsSync(join(cwd, 'data', 'laneway.db'))).toBe(true);
  }, 60_000);

  test('installed globally, is the command laneway, and uses the folders of the user', async () => {
    await run('npm', ['install', '--global', '--no-audit', '--no-fund', tarball], { env: environment });
    const cwd = emptyFolder('elsewhere');
    const help = await run('laneway', ['--help'], { cwd, env: environment });
    expect(help.stdout).toMatch(/start .*\n[^]*demo .*\n[^]*restore/);
    const variables = {
      XDG_CONFIG_HOME: join(folder, 'xdg', 'config'),
      XDG_STATE_HOME: join(folder, 'xdg', 'state'),
    };
    const config = join(variables.XDG_CONFIG_HOME, 'laneway');
    const state = join(variables.XDG_STATE_HOME, 'laneway');
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, '.env'), 'OPENAI_API_KEY=sk-fake-of-the-user-0123\n');
    const [, output] = await start('laneway', [], cwd, variables);
    expect(output).toContain(`Configuration:  ${config}\n`);
    expect(output).toContain(`State:          ${state}\n`);
    expect(output).not.toContain('set OPENAI_API_KEY');
    expect(existsSync(join(state, 'laneway.db'))).toBe(true);
    expect(readdirSync(cwd)).toEqual([]);
    const list = await run('laneway', ['restore', '--list'], { cwd, env: { ...environment, ...variables } });
    expect(list.stdout).toContain(join(state, 'backups'));
  }, 60_000);
});

/** In bytes, with everything inside. */
function sizeOf(path: string): number {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
