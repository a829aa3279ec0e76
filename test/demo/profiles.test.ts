import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProcess, type GatewayProcess } from '../support/process.ts';
import { laneway } from '../cli/commands/harness.ts';

const CONFIGURATION = join(import.meta.dirname, '..', '..', 'config', 'demo', 'user_profiles');

let demo: GatewayProcess;
const shipped = readdirSync(CONFIGURATION);

beforeAll(async () => {
  demo = await startProcess({ args: ['--demo'] });
});
afterAll(() => demo.stop());

test('the demo has a profile that can be activated: it moves nodes and lanes to the careful model', async () => {
  const at = ['--url', demo.url];
  expect((await laneway(['profiles', ...at])).stdout).toMatch(/\n +careful +file +For the demo/);
  expect((await laneway(['profiles', 'activate', 'careful', ...at])).stdout).toMatch(/^careful is active\n/);
  expect((await laneway(['nodes', ...at])).stdout).toMatch(/\nevaluate +demo\/careful +demo\/careful\n/);
  await laneway(['profiles', 'deactivate', ...at]);
  expect((await laneway(['nodes', ...at])).stdout).toMatch(/\nevaluate +demo\/quick +demo\/quick\n/);
});

test('a profile that is imported into the demo is kept in its state directory, not in the configuration that ships', async () => {
  const at = ['--url', demo.url];
  const config = { nodes: { evaluate: { lane: 'critic' } } };
  const profile = { laneway_profile: 1, name: 'mine', config };
  const imported = await laneway(['profiles', 'import', '-', ...at], { input: JSON.stringify(profile) });
  expect(imported).toMatchObject({ code: 0, stdout: 'imported mine\n' });
  expect(existsSync(join(demo.folder, 'data', 'demo', 'user_profiles', 'mine.json'))).toBe(true);
  expect(readdirSync(CONFIGURATION)).toEqual(shipped);
  const activated = await laneway(['profiles', 'activate', 'mine', ...at]);
  expect(activated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^mine is active\n/) });
});
