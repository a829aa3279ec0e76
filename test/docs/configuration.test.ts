import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';

import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { LEGACY_NAMES } from '../../src/config/environment/legacy-variables.ts';
import { LANE_NAMES } from '../../src/config/environment/variables.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { faultLines, inDirectory, SHIPPED, type Files, type Variables } from '../config/files.ts';
import { blocksOf, codeWords, PAGES, read, rowsOf, section } from './pages.ts';

const README = read('README.md');
const PAGE = read('docs/configuration.md');

/** Loads files as the product does, with the real types of providers. */
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
      const config = await load(role.endsWith('.yaml') ? { yaml: text } : { user: text });
      expect(config.warnings).toEqual([]);
    });
  },
);

test('the example of the README does what it says', async () => {
  const user = blocksOf(README).find(({ role }) => role === 'config/user_models.json')?.text ?? '';
  const config = await load({ user });
  const { $schema: _, ...written } = JSON.parse(user) as Record<string, unknown>;
  expect(config).toMatchObject(written);
  expect(config.nodes['evaluate']?.model).toBeNull();
});

test('the examples of the page do what it says', async () => {
  const text = (role: string): string => blocksOf(PAGE).find((block) => block.role === role)?.text ?? '';
  const user = await load({ user: text('config/user_models.json') });
  expect(user.providers).not.toHaveProperty('groq');
  expect(user.providers['ollama']).toMatchObject({ type: 'ollama', base_url: 'http://192.168.1.20:11434' });
  expect(user.lanes['coder']).toMatchObject({ cloud: false, deadlines: { first_token_s: 300, idle_s: 60 } });
  const own = await load({ yaml: text('config/models.yaml') });
  expect(Object.keys(own.lanes)).toEqual(['local']);
  expect(own.default_lane).toBe('local');
});

test('variables of an older installation give the targets that the page shows', async () => {
  const variables = blocksOf(PAGE).find(({ role }) => role === 'environment')?.text ?? '';
  const shown = blocksOf(PAGE).find(({ role }) => role === 'fronts')?.text ?? '{}';
  const { lanes, warnings } = await load({}, parseEnv(variables) as Variables);
  const environmentTargets = Object.entries(lanes).flatMap(
    ([name, { environment_target: environmentTarget }]) =>
      environmentTarget === null ? [] : [[name, environmentTarget]],
  );
  expect(Object.fromEntries(environmentTargets)).toEqual(JSON.parse(shown));
  expect(warnings).toEqual([]);
});

test('the tables name the variables of .env.example, with their defaults, and no other', () => {
  const text = read('.env.example');
  const rows = [PAGE, read('docs/strix-halo.md')].flatMap((page) => rowsOf(page));
  const told = new Map(
    rows
      .filter(([name = '']) => /^[A-Z][A-Z0-9_<>]+$/.test(name))
      .map(([name = '', value = '']) => [name, value]),
  );
  for (const [name, value] of Object.entries(parseEnv(text))) expect(told.get(name), name).toBe(value);
  const named = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name);
  const patterns = ['LANEWAY_LANE_CODER_', 'LANEWAY_PROVIDER_OLLAMA_'];
  const single = named.filter((name) => !patterns.some((start) => name.startsWith(start)));
  expect([...told.keys()]).toEqual(expect.arrayContaining(single));
  const forLanes = LANE_NAMES.map((name) => `LANEWAY_LANE_<LANE>_${name}`);
  expect([...told.keys()]).toEqual(expect.arrayContaining([...forLanes, ...LEGACY_NAMES]));
  const ofCompose = composeVariables();
  const known = [...single, ...forLanes, ...LEGACY_NAMES, ...ofCompose.keys()];
  expect([...told.keys()].filter((name) => !known.includes(name))).toEqual([]);
});

test('the table of the compose file names its variables with their defaults', () => {
  const table = rowsOf(read('docs/strix-halo.md')).filter(([name = '']) => /^[A-Z][A-Z_]+$/.test(name));
  const told = Object.fromEntries(table.map(([name = '', value = '']) => [name, value]));
  expect(told).toEqual({ COMPOSE_PROFILES: '', ...Object.fromEntries(composeVariables()) });
});

/** Defaults by name; empty where one must be given. */
function composeVariables(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', value] of read('docker-compose.strix.yml').matchAll(
    /\$\{([A-Z_]+)(?::-([^}]*)|:\?[^}]*)?\}/g,
  )) {
    if (value !== undefined || !found.has(name)) found.set(name, value ?? '');
  }
  return found;
}

test('the table of keys is the schema', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema;
  }
  const schema = JSON.parse(read('config/schema.json')) as Schema;
  const rows = rowsOf(section(PAGE, '### Keys'));
  expect(rows.map(([where]) => where)).toEqual([
    'top',
    'providers',
    'models',
    'lanes',
    'nodes',
    'rules.deep_ingest',
    'defaults.deadlines',
    'ledger',
  ]);
  for (const [where = '', ,] of rows) {
    const line =
      section(PAGE, '### Keys')
        .split('\n')
        .find((each) => each.startsWith(`| \`${where}\` |`)) ?? '';
    let part: Schema | undefined = schema;
    if (where !== 'top') for (const name of where.split('.')) part = part?.properties?.[name];
    const keys = part?.properties ?? part?.additionalProperties?.properties ?? {};
    expect(codeWords(line).slice(1).toSorted(), where).toEqual(Object.keys(keys).toSorted());
  }
});

test('the keys without effect are those that the start warns of', async () => {
  const config = await load({
    user: {
      defaults: { queue: { max: 1 } },
      providers: { groq: { concurrency: 1, models_dir: 'm', api_key: 'secret:groq' } },
      models: { 'groq/x': { price: { input: 1 } } },
      lanes: { coder: { concurrency: 1, queue: { max: 1 }, wait_while_loading: true } },
    },
  });
  const warned = config.warnings.find((line) => line.startsWith('accepted, but')) ?? '';
  const paragraph = PAGE.split('\n').find((line) => line.startsWith('Accepted, but without effect')) ?? '';
  const words = codeWords(paragraph).filter((word) => /^[a-z_.]+$/.test(word));
  expect(words.length).toBeGreaterThan(6);
  for (const word of words) expect(warned, word).toContain(word);
  expect(warned.split(': ')[1]?.split(', ')).toHaveLength(words.length + 1);
});

test('the provider types are those that there are', () => {
  const sentence = /^Provider types: (.*?)\. /m.exec(PAGE)?.[1] ?? '';
  expect(codeWords(sentence).toSorted()).toEqual(
    PROVIDER_TYPES.map(({ settings }) => settings.type).toSorted(),
  );
});

test('a misspelt key is told as the README quotes it', async () => {
  const lines = await faultLines({ user: { lanes: { coder: { prefered: [] } } } });
  const quoted =
    codeWords(section(README, '## Configuration')).find((word) => word.includes('did you mean')) ??
    'no such quote';
  expect(lines).toEqual([`config/user_models.json: ${quoted}`]);
});

test('the shipped file has as many lanes and nodes as the README says, and the default lane is named', () => {
  const {
    lanes,
    nodes,
    default_lane: lane,
  } = JSON.parse(read('config/models.json')) as {
    lanes: object;
    nodes: object;
    default_lane: string;
  };
  const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
  const counts = [lanes, nodes].map((part) => words[Object.keys(part).length] ?? 'many');
  expect(README).toContain(`has ${counts[0]} lanes and ${counts[1]} nodes`);
  expect(README).toContain(`the default lane \`${lane}\``);
});
