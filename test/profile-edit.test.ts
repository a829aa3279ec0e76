import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { call, ended, stopAll } from './http/operator.ts';
import { writeConfig } from './support/config-files.ts';
import { startProcess } from './support/process.ts';

afterEach(stopAll);

const PROFILE = 'user_profiles/mine.json';

test('the file of the active profile is reloaded when it is edited, and missed when it is deleted', async () => {
  const laneway = ended(await startProcess({ files: { [PROFILE]: { default_lane: 'coder' } } }));
  const lane = async (): Promise<unknown> =>
    (await call(laneway, 'GET', '/api/debug/config')).body['default_lane'];
  const activated = await call(laneway, 'POST', '/api/profiles/mine/activate');
  expect(activated.body).toMatchObject({ active: 'mine' });
  expect(await lane()).toBe('coder');
  writeConfig(laneway.folder, { [PROFILE]: { default_lane: 'fast_rag' } });
  await expect.poll(lane, { timeout: 10_000 }).toBe('fast_rag');
  rmSync(join(laneway.folder, 'config', PROFILE));
  await expect.poll(lane, { timeout: 10_000 }).toBe('orchestrator');
  expect(laneway.stderr()).toContain('has no file any more');
  const { body } = await call<{ active: string; profiles: object[] }>(laneway, 'GET', '/api/profiles');
  expect([body.active, body.profiles.at(-1)]).toMatchObject(['mine', { name: 'mine', active: true }]);
});
