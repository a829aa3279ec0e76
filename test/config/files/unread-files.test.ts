import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { inDirectory, linesOf, load, PROVIDER_TYPES, SHIPPED } from '../files.ts';

/** The warnings of a directory with these files besides `models.json`. */
function warningsWith(files: Readonly<Record<string, string>>): Promise<string[]> {
  return inDirectory({ models: {} }, async (root) => {
    const directory = join(root, 'config');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(directory, name, '..'), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    const options = { shippedDirectory: SHIPPED, providerTypes: PROVIDER_TYPES, environment: {} };
    const { warnings } = await loadConfig({ directory, ...options });
    return warnings.map((line) => line.replaceAll(`${root}/`, ''));
  });
}

it('a configuration file under a name that is not read is named, with the name that is', async () => {
  expect(await warningsWith({ 'model.json': '{}', 'user_models.yaml': '', 'zebra.toml': '' })).toEqual([
    'config/model.json: not read; did you mean models.json?',
    'config/user_models.yaml: not read; did you mean user_models.json (JSON only)?',
    'config/zebra.toml: not read; configuration files are models.json, models.yaml, user_models.json',
  ]);
});

it('profiles outside their folder, or under a name that no profile can have, are named', async () => {
  const files = {
    'profiles/coding.json': '{}',
    'user_profiles/My Profile.json': '{}',
    'user_profiles/own.json': '{}',
  };
  const [other, name, ...more] = await warningsWith({ ...files, 'user_profiles/own.yaml': '' });
  expect(other).toBe('config/profiles: not read; profiles are read from user_profiles/');
  expect(name).toMatch(/^config\/user_profiles\/My Profile\.json: not read; a profile name must start with/);
  expect(more).toEqual(['config/user_profiles/own.yaml: not read; must be NAME.json']);
});

it('other files and hidden ones are not mentioned', async () => {
  const files = { 'README.md': '', '.models.json.swp': '', 'schema.json': '{}', 'models.json~': '' };
  expect(await warningsWith(files)).toEqual([]);
});

it('a configuration directory that is a file is one fault that names the variable', async () => {
  const lines = await inDirectory({ models: {} }, (root) =>
    linesOf(
      loadConfig({
        directory: join(root, 'config', 'models.json'),
        shippedDirectory: SHIPPED,
        providerTypes: PROVIDER_TYPES,
        environment: {},
      }),
    ),
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/LANEWAY_CONFIG_DIR: .*models\.json is a file; set it to the directory/);
});

it('a lane that names no model is mentioned, with who serves it', async () => {
  const { notes } = await load({ models: { lanes: { coder: {} } } });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/without a model .*: lanes\.coder; .* else lane orchestrator/);
});
