import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { listProfiles, SHIPPED_PROFILES } from '../../../src/config/profiles/profile-files.ts';
import { load, PROVIDER_TYPES, SHIPPED } from '../files.ts';

interface Preset {
  readonly description: string;
  readonly models?: Readonly<Record<string, object>>;
  readonly lanes?: Readonly<Record<string, { preferred?: string[]; cloud_fallback?: string[] }>>;
  readonly nodes?: Readonly<Record<string, { model?: string }>>;
}

function preset(name: string): Preset {
  return JSON.parse(readFileSync(join(SHIPPED, 'user_profiles', `${name}.json`), 'utf8')) as Preset;
}

function loadWith(profile: string): Promise<Config> {
  return loadConfig({
    directory: join(SHIPPED, 'missing'),
    shippedDirectory: SHIPPED,
    providerTypes: PROVIDER_TYPES,
    stored: { profile, providers: {} },
    environment: {},
  });
}

const shipped = await load({});
const models = (JSON.parse(readFileSync(join(SHIPPED, 'models.json'), 'utf8')) as Preset).models ?? {};

test('every shipped profile has its file, and there is no other', async () => {
  const files = readdirSync(join(SHIPPED, 'user_profiles'));
  expect(files.toSorted()).toEqual(SHIPPED_PROFILES.map((name) => `${name}.json`).toSorted());
  // The default directory is that of the package.
  for (const directory of [SHIPPED, join(SHIPPED, '.', 'demo', '..'), join(SHIPPED, 'missing')]) {
    const listed = await listProfiles({ directory, shippedDirectory: SHIPPED });
    expect(listed.map(({ name, source }) => [name, source])).toEqual(
      SHIPPED_PROFILES.map((name) => [name, 'shipped']),
    );
  }
});

test.each(SHIPPED_PROFILES)('%s holds over the shipped configuration, without a warning', async (name) => {
  const config = await loadWith(name);
  expect(config.warnings).toEqual([]);
  expect(config.notes).toEqual(shipped.notes);
  expect(preset(name).description.length).toBeGreaterThan(30);
});

test.each(SHIPPED_PROFILES.filter((name) => name !== 'strix-halo'))(
  '%s says of its models what the shipped configuration says, so that it works without that, too',
  (name) => {
    const { models: described = {}, lanes = {}, nodes = {} } = preset(name);
    const named = [
      ...Object.values(lanes).flatMap(({ preferred = [], cloud_fallback: cloud = [] }) => [
        ...preferred,
        ...cloud,
      ]),
      ...Object.values(nodes).flatMap(({ model }) => model ?? []),
      ...Object.values(described).flatMap((model) =>
        'fallbacks' in model ? (model.fallbacks as string[]) : [],
      ),
    ];
    for (const id of [...named, ...Object.keys(described)]) {
      if (Object.keys(models[id] ?? {}).length > 0) expect([id, described[id]]).toEqual([id, models[id]]);
    }
  },
);

test('the presets of older systems set what the shipped defaults are', async () => {
  for (const name of ['pipeline', 'lanes', 'roles', 'interaction-types']) {
    expect((await loadWith(name)).fingerprint).toBe(shipped.fingerprint);
  }
});

test('the presets for a kind of work move the default lane', async () => {
  const lanes = await Promise.all(['coding', 'writing', 'research'].map(loadWith));
  expect(lanes.map((config) => config.default_lane)).toEqual(['coder', 'writer', 'researcher']);
});

test('strix-halo asks local models first, waits long for them, and keeps two lanes off the cloud', async () => {
  const { lanes, rules } = await loadWith('strix-halo');
  for (const name of ['orchestrator', 'coder', 'super_reader', 'fast_rag', 'governance']) {
    const { preferred = [], deadlines } = lanes[name] ?? {};
    expect(preferred.every((id) => /^(?:vllm|llamacpp)\//.test(id))).toBe(true);
    expect(deadlines?.first_token_s).toBeGreaterThanOrEqual(900);
  }
  expect([lanes['super_reader']?.cloud, lanes['governance']?.cloud]).toEqual([false, false]);
  expect(rules.deep_ingest).toMatchObject({ lane: 'super_reader', over_tokens: 32_768 });
  const compose = readFileSync(join(SHIPPED, '..', 'docker-compose.strix.yml'), 'utf8');
  for (const id of Object.keys(preset('strix-halo').models ?? {}))
    expect(compose).toContain(id.split('/')[1]);
  expect(compose).toContain('VLLM_CONTEXT:-32768');
});
