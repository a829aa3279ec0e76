import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';

import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { LEGACY_NAMES } from '../../src/config/environment/legacy-variables.ts';
import { LANE_NAMES } from '../../src/config/environment/variables.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { inDirectory, SHIPPED, type Files, type Variables } from '../config/files.ts';
import { blocksOf, codeWords, PAGES, read, rowsOf, section } from './pages.ts';

const README = read('README.md');
const PAGE = read('docs/configuration.md');

/** Loads files as the gateway does, with the real provider types. */
function load(files: Files, environment: Variables = {}): Promise<Config> {
  return inDirectory(files, (root) =>
    loadConfig({
      directory: join(root, 'config'),
      shippedDirectory: SHIPPED,
      providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
      environment,
    }),
  );
}

describe.each(PAGES.filter((page) => blocksOf(read(page)).some(({ role }) => role.startsWith('config/'))))(
  '%s',
  (page) => {
    const examples = blocksOf(read(page)).filter(({ role }) => role.startsWith('config/'));

    test.each(examples)('line $line: $role loads without a warning', async ({ role, text }) => {
      const named = [...text.matchAll(/"env:(\w+)"/g)].map(([, name = '']) => [name, 'fake-key'] as const);
      const files = role.endsWith('.yaml') ? { yaml: text } : { user: withoutDescription(role, text) };
      expect((await load(files, Object.fromEntries(named))).warnings).toEqual([]);
    });
  },
);

/** A profile has a description besides the keys of a configuration file. */
function withoutDescription(role: string, text: string): string {
  if (!role.startsWith('config/user_profiles/')) return text;
  const { description: _, ...values } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(values);
}

test('the example in the README has the effect that it describes', async () => {
  const user = blocksOf(README).find(({ role }) => role === 'config/user_models.json')?.text ?? '';
  const config = await load({ user });
  const { $schema: _, ...written } = JSON.parse(user) as Record<string, unknown>;
  expect(config).toMatchObject(written);
  expect(config.nodes['evaluate']?.model).toBeNull();
});

test('the examples on the page have the effect that they describe', async () => {
  const text = (role: string): string => blocksOf(PAGE).find((block) => block.role === role)?.text ?? '';
  const user = await load({ user: text('config/user_models.json') });
  expect(user.providers).not.toHaveProperty('groq');
  expect(user.providers['ollama']).toMatchObject({ type: 'ollama', base_url: 'http://192.168.1.20:11434' });
  expect(user.lanes['coder']).toMatchObject({ cloud: false, deadlines: { first_token_s: 300, idle_s: 300 } });
  const own = await load({ yaml: text('config/models.yaml') });
  expect(Object.keys(own.lanes)).toEqual(['local']);
  expect(own.default_lane).toBe('local');
});

test('the variables of an older installation set the targets that the page shows', async () => {
  const variables = blocksOf(PAGE).find(({ role }) => role === 'environment')?.text ?? '';
  const shown = blocksOf(PAGE).find(({ role }) => role === 'targets')?.text ?? '{}';
  const { lanes, warnings } = await load({}, parseEnv(variables) as Variables);
  const environmentTargets = Object.entries(lanes).flatMap(
    ([name, { environment_target: environmentTarget }]) =>
      environmentTarget === null ? [] : [[name, environmentTarget]],
  );
  expect(Object.fromEntries(environmentTargets)).toEqual(JSON.parse(shown));
  expect(warnings).toEqual([]);
});

test('the tables list the variables of .env.example with their defaults, and no others', () => {
  const text = read('.env.example');
  const rows = [PAGE, read('docs/strix-halo.md')].flatMap((page) => rowsOf(page));
  const listed = new Map(
    rows
      .filter(([name = '']) => /^[A-Z][A-Z0-9_<>]+$/.test(name))
      .map(([name = '', value = '']) => [name, value]),
  );
  for (const [name, value] of Object.entries(parseEnv(text))) expect(listed.get(name), name).toBe(value);
  const named = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name);
  const patterns = ['LANEWAY_LANE_CODER_', 'LANEWAY_PROVIDER_OLLAMA_'];
  const single = named.filter((name) => !patterns.some((start) => name.startsWith(start)));
  expect([...listed.keys()]).toEqual(expect.arrayContaining(single));
  const forLanes = LANE_NAMES.map((name) => `LANEWAY_LANE_<LANE>_${name}`);
  expect([...listed.keys()]).toEqual(expect.arrayContaining([...forLanes, ...LEGACY_NAMES]));
  const ofCompose = composeVariables();
  const known = [...single, ...forLanes, ...LEGACY_NAMES, ...ofCompose.keys()];
  expect([...listed.keys()].filter((name) => !known.includes(name))).toEqual([]);
});

test('the table of the compose file lists its variables with their defaults', () => {
  const table = rowsOf(read('docs/strix-halo.md')).filter(([name = '']) => /^[A-Z][A-Z_]+$/.test(name));
  const listed = Object.fromEntries(table.map(([name = '', value = '']) => [name, value]));
  expect(listed).toEqual({ COMPOSE_PROFILES: '', ...Object.fromEntries(composeVariables()) });
});

/** Defaults by name; empty for a variable that must be set. */
function composeVariables(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', value] of read('docker-compose.strix.yml').matchAll(
    /\$\{([A-Z_]+)(?::-([^}]*)|:\?[^}]*)?\}/g,
  )) {
    if (value !== undefined || !found.has(name)) found.set(name, value ?? '');
  }
  return found;
}

test('the table of keys equals the schema', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema;
  }
  const schema = JSON.parse(read('config/schema.json')) as Schema;
  const rows = rowsOf(section(PAGE, '### Keys'));
  expect(rows.map(([where]) => where)).toEqual([
    'top',
    'providers',
    'providers.engine',
    'models',
    'lanes',
    'nodes',
    'rules.deep_ingest',
    'defaults',
    'defaults.queue',
    'defaults.deadlines',
    'pools',
    'ledger',
  ]);
  for (const [where = '', ,] of rows) {
    const line =
      section(PAGE, '### Keys')
        .split('\n')
        .find((each) => each.startsWith(`| \`${where}\` |`)) ?? '';
    let part: Schema | undefined = schema;
    if (where !== 'top')
      for (const name of where.split('.'))
        part = (part?.properties ?? part?.additionalProperties?.properties)?.[name];
    const keys = part?.properties ?? part?.additionalProperties?.properties ?? {};
    expect(codeWords(line).slice(1).toSorted(), where).toEqual(Object.keys(keys).toSorted());
  }
});

test('the table of provider types is complete', () => {
  const listed = rowsOf(section(PAGE, '## Providers')).map(([type = '']) => type);
  expect(listed.toSorted()).toEqual(PROVIDER_TYPES.map(({ settings }) => settings.type).toSorted());
});
