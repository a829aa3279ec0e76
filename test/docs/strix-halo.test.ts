import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

import { compose, composeText, flag, interpolate } from '../containers/compose-file.ts';
import { blocksOf, codeWords, read, section } from './pages.ts';

const PAGE = read('docs/strix-halo.md');
const MEMORY = section(PAGE, '## Where the 128 GiB go');
const { physical, reserve, pool, profiles } = compose['x-memory-gib'];

/** GiB of each consumer of the two tables. */
const SIZES = new Map(
  [...MEMORY.matchAll(/^\| ([^|]+) \| ([\d.]+) \|/gm)].map(([, name = '', size]) => [name, Number(size)]),
);

/** The sum of the consumers whose names begin so. */
function sumOf(start: string): number {
  return [...SIZES].reduce((total, [name, size]) => (name.startsWith(start) ? total + size : total), 0);
}

describe('the map of the memory', () => {
  test('has the sizes of the compose file and adds up to the machine', () => {
    expect(SIZES.get('reserve')).toBe(reserve);
    expect(SIZES.get('pool')).toBe(pool);
    expect((SIZES.get('margin') ?? 0) + reserve + pool).toBe(physical);
  });

  test("vLLM's parts add up to its share", () => {
    expect(sumOf('vLLM: ')).toBe(profiles['balanced']?.['inference-vllm']);
  });

  test('both shipped files fit into the smallest share of llama.cpp', () => {
    const needed = sumOf('Nemotron: ') + sumOf('Granite: ') + 2 * sumOf('llama.cpp: ');
    expect(Math.round(needed)).toBe(Number(/together need about (\d+)/.exec(MEMORY)?.[1]));
    expect(needed).toBeLessThanOrEqual(profiles['balanced']?.['inference-llamacpp'] ?? 0);
  });

  test('its sizes follow from the defaults of the compose file', () => {
    const service = compose.services['inference-vllm'];
    if (service === undefined) throw new Error('there is no vLLM');
    const context = Number(interpolate(flag(service, '--kv-cache-memory-bytes') ?? '', {}));
    expect(SIZES.get('vLLM: context')).toBe(context / 2 ** 30);
    // 128 KiB for a token with 16 bits; q8_0 takes 8.5 bits for a value.
    expect(SIZES.get('Nemotron: context of 131,072 tokens in `q8_0`')).toBe((131_072 * 68) / 2 ** 20);
    expect(composeText).toContain('LLAMACPP_CONTEXT:-131072');
    const cache = /LLAMACPP_CACHE_MIB:-(\d+)/.exec(composeText)?.[1];
    expect(SIZES.get('llama.cpp: cached prompts, for each model')).toBe(Number(cache) / 1024);
  });
});

test('every service, profile and file that a command names is in the compose file', () => {
  const commands = blocksOf(PAGE)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.includes('docker compose'));
  expect(commands.length).toBeGreaterThan(8);
  for (const line of commands) {
    expect(line).toContain('-f docker-compose.strix.yml');
    for (const [word] of line.matchAll(/\binference-[a-z]+/g))
      expect(Object.keys(compose.services)).toContain(word);
    const profile = /--profile (\S+)/.exec(line)?.[1] ?? 'balanced';
    expect(Object.keys(profiles)).toContain(profile);
  }
});

const shell = spawnSync('sh', ['-c', ':']).error === undefined;

test.skipIf(!shell)('every command is valid for a shell', () => {
  for (const { text, line } of blocksOf(PAGE).filter(({ language }) => language === 'sh')) {
    const { status, stderr } = spawnSync('sh', ['-n', '-c', text], { encoding: 'utf8' });
    expect(`${String(status)} ${stderr}`, `line ${line}`).toBe('0 ');
  }
});

test('every variable of an engine that the page names is in the compose file', () => {
  const words = codeWords(PAGE).flatMap(
    (word) => /^((?:LLAMACPP|VLLM)_[A-Z_]+)(?:=.*)?$/.exec(word)?.[1] ?? [],
  );
  expect(words.length).toBeGreaterThan(10);
  for (const word of words) expect(composeText).toContain(`\${${word}`);
});

test('the oldest version of Compose is that of the newest feature in the file', () => {
  // `required` of an env_file came with 2.24.0, `content` of a config with 2.23.1.
  expect(composeText).toMatch(/^ +required: false$/m);
  expect(composeText).toMatch(/^ +content: \|$/m);
  expect(PAGE).toContain('It needs Docker Compose 2.24.0 or newer');
});

describe('the model files', () => {
  const files = section(PAGE, '### Model files');

  test('go where the preset and the cache of the compose file expect them', () => {
    const targets = ['nemotron-4m.gguf', 'gguf/granite-3.0-8b-instruct-Q4_K_M.gguf'];
    for (const target of targets) {
      expect(composeText).toContain(`model = /models/${target}\n`);
      expect(files).toContain(target);
    }
    expect(composeText).toContain('HF_HOME: /models/huggingface\n');
    const model = /VLLM_MODEL:-([^}]+)/.exec(composeText)?.[1] ?? '';
    expect(files).toContain(`HF_HOME="$MODELS_DIR/huggingface" hf download ${model}\n`);
    expect(files).toContain(`huggingface/hub/models--${model.replace('/', '--')}/`);
  });

  test('and the settings come before the command that needs them', () => {
    expect(PAGE.indexOf('Set these in it')).toBeLessThan(PAGE.indexOf('Then start everything'));
  });
});

test('a command about vLLM selects its profile, without which Compose does not know the service', () => {
  const commands = PAGE.split('\n').filter((line) => /(?:stop|--wait) inference-vllm/.test(line));
  expect(commands.length).toBeGreaterThan(1);
  for (const line of commands) expect(line).toContain('--profile balanced');
});
