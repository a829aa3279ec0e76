import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { enginePlaceWarnings } from '../../../src/config/validate/engine-places.ts';
import { inDirectory, load } from '../files.ts';

/** The warnings of a provider where `bin/here` is a program, and `config/models` a folder. */
async function warnings(provider: object): Promise<readonly string[]> {
  return inDirectory({}, async (root) => {
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'config', 'models'));
    writeFileSync(join(root, 'bin', 'here'), '');
    chmodSync(join(root, 'bin', 'here'), 0o755);
    const written = JSON.parse(JSON.stringify(provider).replaceAll('ROOT', root)) as object;
    const { providers } = await load({ models: { providers: { p: written } } });
    const places = { directory: join(root, 'config'), path: join(root, 'bin') };
    const lines = await enginePlaceWarnings(providers, places);
    return lines.map((line) => line.replaceAll(root, 'ROOT'));
  });
}

const command = (...parts: string[]): object => ({ command: [...parts, '--port', '{port}'] });
const llamacpp = (rest: object): object => ({ type: 'llamacpp', ...rest });

test.each([
  [
    llamacpp({ engine: command('gone') }),
    'providers.p.engine.command: there is no program "gone" on the PATH; write its whole path, or install it',
  ],
  [
    llamacpp({ engine: command('/usr/bin/env', 'A=1', 'gone') }),
    'providers.p.engine.command: there is no program "gone" on the PATH; write its whole path, or install it',
  ],
  [
    llamacpp({ engine: { start: ['here'], stop: ['ROOT/bin/gone'] } }),
    'providers.p.engine.stop: ROOT/bin/gone is no executable file; correct the path of the program, or install it there',
  ],
  [
    llamacpp({ models_dir: 'ROOT/none' }),
    'providers.p.models_dir: there is no folder ROOT/none; correct the path, or create the folder',
  ],
])('%j is warned about', async (provider, line) => {
  expect(await warnings(provider)).toEqual([line]);
});

test('a folder of a relative path is named at both places where it is looked for', async () => {
  const [line] = await warnings(llamacpp({ models_dir: './no-such-models' }));
  expect(line).toBe(
    `providers.p.models_dir: there is no folder ${join(process.cwd(), 'no-such-models')}, and no ROOT/config/no-such-models; correct the path, or create the folder`,
  );
});

test.each([
  llamacpp({ models_dir: './models', engine: command('env', 'A=1', 'here') }),
  llamacpp({ engine: command('ROOT/bin/here') }),
  llamacpp({ engine: command('env', '-i', 'gone') }),
  llamacpp({ engine: { ...command('gone'), manage: 'none' } }),
  llamacpp({ enabled: false, models_dir: 'ROOT/none', engine: command('gone') }),
])('%j is not warned about', async (provider) => {
  expect(await warnings(provider)).toEqual([]);
});
