import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { readEnvironment } from '../../../src/config/environment/process-settings.ts';
import { LEGACY_NAMES } from '../../../src/config/environment/legacy-variables.ts';
import { LANE_NAMES, LLM_NAMES, PROVIDER_NAMES } from '../../../src/config/environment/variables.ts';
import { faultLines, load, SHIPPED } from '../files.ts';

const text = readFileSync(join(SHIPPED, '..', '.env.example'), 'utf8');
const example = parseEnv(text);

it('an unchanged copy of .env.example has no effect', async () => {
  expect(readEnvironment(example)).toEqual(readEnvironment({}));
});

it('.env.example lists every variable that is read, each with a description', () => {
  const read = new Set<string>();
  readEnvironment(
    new Proxy<Record<string, string | undefined>>(
      {},
      {
        get: (_target, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    ),
  );
  const named = [
    ...read,
    ...LLM_NAMES.map((name) => `LANEWAY_LLM_${name}`),
    ...LANE_NAMES.map((name) => `# LANEWAY_LANE_CODER_${name}=`),
    ...PROVIDER_NAMES.map((name) => `# LANEWAY_PROVIDER_OLLAMA_${name}=`),
    ...LEGACY_NAMES.map((name) => `\n# ${name}=`),
  ];
  for (const name of named) expect(text, name).toContain(name);
  const lines = text.split('\n');
  for (const name of Object.keys(example).filter((each) => each.startsWith('LANEWAY_'))) {
    const at = lines.findIndex((line) => line.startsWith(`${name}=`));
    expect(lines[at - 1], name).toMatch(/^# .{10}/);
  }
});

it('.env.example lists no unknown variable', async () => {
  const uncommented = parseEnv(text.replaceAll(/^# (?=[A-Z_]+=)/gm, ''));
  const set = Object.keys(uncommented).filter((name) => /^(LANEWAY|ARGOS)_/.test(name));
  const environment = Object.fromEntries(set.map((name) => [name, 'http://127.0.0.1:1']));
  const lines = await faultLines({}, environment);
  const { warnings } = await load(
    {},
    {
      ...environment,
      LANEWAY_LLM_BACKEND: 'vllm',
      LANEWAY_LANE_CODER_BACKEND: 'vllm',
      LANEWAY_LLM_DEFAULT_LANE: 'coder',
    },
  );
  expect(warnings).toEqual([]);
  expect(lines).toHaveLength(3);
});

it('.env.example lists the key of every shipped provider', async () => {
  const keys = Object.values((await load({})).providers).flatMap(({ api_key }) =>
    api_key === undefined ? [] : [api_key.slice('env:'.length)],
  );
  expect(keys).toHaveLength(4);
  expect(Object.keys(example)).toEqual(expect.arrayContaining(keys));
  for (const key of keys) expect(example[key]).toBe('');
});
