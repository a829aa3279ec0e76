import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { DEMO_TYPE, load } from './files.ts';

it('a changed default address of a type does not change the fingerprint: the demo has a different port at each start', async () => {
  const directory = join(import.meta.dirname, '..', '..', 'config', 'demo');
  const fingerprints = [1, 2].map(async (port) => {
    const type = { ...DEMO_TYPE, defaultBaseUrl: `http://127.0.0.1:${port}/v1` };
    const config = await loadConfig({
      directory,
      shippedDirectory: directory,
      providerTypes: [type],
      environment: {},
    });
    return config.fingerprint;
  });
  const [first, second] = await Promise.all(fingerprints);
  expect(first).toBe(second);
});

it('an address set in a file does change it', async () => {
  const fingerprint = async (port: number): Promise<string> =>
    (await load({ user: { providers: { ollama: { base_url: `http://127.0.0.1:${port}` } } } })).fingerprint;
  expect(await fingerprint(1)).not.toBe(await fingerprint(2));
});
