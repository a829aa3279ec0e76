import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { folder } from '../../engines/gguf/files.ts';
import { ggufFile, llamaShape } from '../../support/gguf.ts';
import { laneway } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const SERVER = join(import.meta.dirname, '..', '..', 'support', 'engines', 'slow-server.mjs');

test('a provider whose servers Laneway starts has no address until one runs, and then that of the server', async () => {
  const files = folder();
  writeFileSync(join(files, 'm.gguf'), ggufFile(llamaShape()));
  const { url, app } = await realGateway({
    engines: { PATH: process.env['PATH'] },
    config: {
      default_lane: 'main',
      providers: {
        l: {
          type: 'llamacpp',
          models_dir: files,
          engine: { command: [process.execPath, SERVER, '{port}', '0'] },
        },
      },
      lanes: { main: { preferred: ['l/m'] } },
    },
    discover: true,
  });
  await Promise.all([app.engines.start(), app.modelFolders.settled()]);
  const addresses = async (): Promise<string[]> =>
    Promise.all(
      ['status', 'providers'].map(async (command) => {
        const { stdout } = await laneway([command, '--url', url]);
        return /^l +llamacpp .*? {2}(\S[^\n]*?) *$/m.exec(stdout)?.[1]?.split('  ').at(-1)?.trim() ?? stdout;
      }),
    );
  await expect.poll(addresses).toEqual(['started by Laneway', 'started by Laneway']);
  await expect
    .poll(async () => (await laneway(['load', 'l/m', '--url', url])).code, { timeout: 10_000 })
    .toBe(0);
  const running = app.engines.addressOf('l', 'm') ?? 'none';
  expect(running).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await addresses()).toEqual([running, running]);
  const { stdout } = await laneway(['doctor', '--json', '--url', url]);
  expect(stdout).toContain(`l is started by Laneway and runs at ${running}`);
  expect(stdout).not.toContain('8080');
});
