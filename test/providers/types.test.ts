import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { demoType } from '../../src/providers/demo/settings.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { wireOf } from '../../src/wire/wires.ts';
import type { ProviderSettings } from '../../src/providers/provider.ts';
import { chatDialectOf } from '../support/openai-upstream.ts';

const settingsOf = (type: string): ProviderSettings => {
  const found = PROVIDER_TYPES.find((entry) => entry.settings.type === type);
  if (found === undefined) throw new Error(`no type ${type}`);
  return found.settings;
};

test('every documented type can be configured, and is listed once', () => {
  const types = PROVIDER_TYPES.map((entry) => entry.settings.type);
  expect(types.toSorted()).toEqual([
    'anthropic',
    'detect',
    'groq',
    'llamacpp',
    'ollama',
    'openai',
    'openai_compatible',
    'vllm',
  ]);
});

test('without base_url the default address of the vendor is used', () => {
  const defaults = Object.fromEntries(
    PROVIDER_TYPES.map(({ settings }) => [settings.type, settings.defaultBaseUrl]),
  );
  expect(defaults).toEqual({
    openai: 'https://api.openai.com/v1',
    anthropic: 'https://api.anthropic.com',
    groq: 'https://api.groq.com/openai/v1',
    openai_compatible: null,
    detect: null,
    vllm: 'http://127.0.0.1:8000/v1',
    llamacpp: 'http://127.0.0.1:8080',
    ollama: 'http://127.0.0.1:11434',
  });
});

test('the chat paths of each server are correct, relative to its default base URL', () => {
  const urls = PROVIDER_TYPES.flatMap(({ settings: { defaultBaseUrl, endpoints } }) =>
    endpoints.flatMap(({ format, path }) =>
      defaultBaseUrl === null || wireOf(format).operation !== 'chat' ? [] : [defaultBaseUrl + path],
    ),
  );
  expect(urls.toSorted()).toEqual([
    'http://127.0.0.1:11434/api/chat',
    'http://127.0.0.1:11434/v1/chat/completions',
    'http://127.0.0.1:8000/v1/chat/completions',
    'http://127.0.0.1:8080/v1/chat/completions',
    'https://api.anthropic.com/v1/messages',
    'https://api.groq.com/openai/v1/chat/completions',
    'https://api.openai.com/v1/chat/completions',
    'https://api.openai.com/v1/responses',
  ]);
});

test.each(PROVIDER_TYPES.map(({ settings }) => settings))(
  "$type: a default base URL ends in the type's own path, so that a left-out path can be added",
  ({ basePath, defaultBaseUrl }) => {
    if (defaultBaseUrl === null) return;
    expect(new URL(defaultBaseUrl).pathname.replace(/\/$/, '')).toBe(basePath);
  },
);

test('which type of server has which optional call, and at which path', () => {
  const paths = Object.fromEntries(
    PROVIDER_TYPES.map(({ settings: { type, endpoints } }) => [
      type,
      endpoints.filter(({ format }) => wireOf(format).isOptional === true).map(({ path }) => path),
    ]),
  );
  const audio = ['/audio/speech', '/audio/transcriptions', '/audio/translations'];
  const images = ['/images/generations', '/images/edits', '/images/variations'];
  const every = ['/moderations', ...audio, ...images];
  expect(paths).toEqual({
    openai: every,
    anthropic: [],
    groq: audio,
    openai_compatible: ['/rerank', ...every],
    detect: ['/rerank', ...every],
    vllm: ['/rerank', ...audio, ...images],
    // Its base URL has no path.
    llamacpp: ['/v1/rerank', '/v1/audio/transcriptions'],
    ollama: [],
  });
});

test('only the local engines are local, and only the three clouds require a key', () => {
  const named = (holds: (settings: ProviderSettings) => boolean): string[] =>
    PROVIDER_TYPES.map(({ settings }) => settings)
      .filter(holds)
      .map(({ type }) => type)
      .toSorted();
  expect(named(({ local }) => local)).toEqual(['llamacpp', 'ollama', 'vllm']);
  expect(named(({ requiresKey }) => requiresKey)).toEqual(['anthropic', 'groq', 'openai']);
  expect(named(({ completeList }) => completeList)).toEqual(['ollama', 'vllm']);
  expect(named(({ answersAnyName }) => answersAnyName)).toEqual(['detect', 'llamacpp']);
  expect(named(({ trustedStream }) => trustedStream)).toEqual(['openai']);
});

test('an Ollama name without a tag means `latest`; no other type has tags', () => {
  const tags = PROVIDER_TYPES.flatMap(({ settings }) => settings.defaultTag ?? []);
  expect(tags).toEqual([':latest']);
  expect(settingsOf('ollama').defaultTag).toBe(':latest');
});

test('wire case 81: the token limit is sent under the name that the server honours', () => {
  expect(chatDialectOf({ settings: settingsOf('ollama') }).renames).toEqual({
    max_completion_tokens: 'max_tokens',
  });
  expect(chatDialectOf({ settings: settingsOf('openai') }).renames).toEqual({
    max_tokens: 'max_completion_tokens',
  });
});

test('wire case 82: a temperature set for gpt-4o does not break a switch to a reasoning model', () => {
  const refuses = (id: string): boolean =>
    chatDialectOf({ settings: settingsOf('openai') }).withoutSampling?.test(id) ?? false;
  const refusing = ['o1', 'o3', 'o3-mini', 'o4-mini-2025-04-16', 'gpt-5', 'gpt-5-mini', 'gpt-5-2025-08-07'];
  const takes = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-3.5-turbo', 'gpt-5-chat-latest', 'gpt-5.1', 'omni'];
  expect(refusing.filter((id) => !refuses(id))).toEqual([]);
  expect(takes.filter(refuses)).toEqual([]);
});

test('the patterns have no state', () => {
  for (const { settings } of PROVIDER_TYPES) {
    for (const endpoint of settings.endpoints) {
      const pattern = endpoint.format === 'openai-chat' ? endpoint.dialect.withoutSampling : null;
      expect(pattern?.flags ?? '').toBe('');
    }
  }
});

test('only demo mode can configure the practice models', () => {
  expect(PROVIDER_TYPES.some(({ settings }) => settings.type === 'demo')).toBe(false);
  const { settings } = demoType('http://127.0.0.1:4711/v1');
  expect(settings).toMatchObject({ type: 'demo', local: true, requiresKey: false, completeList: true });
  expect(settings.defaultBaseUrl).toBe('http://127.0.0.1:4711/v1');
});

test('an OpenAI-wire type takes one folder of at most 140 lines', () => {
  const providers = join(import.meta.dirname, '../../src/providers');
  for (const folder of ['openai', 'groq', 'openai-compatible', 'vllm']) {
    const files = readdirSync(join(providers, folder)).map((name) => join(providers, folder, name));
    const lines = files.map((file) => readFileSync(file, 'utf8').split('\n').length);
    expect(
      lines.reduce((sum, count) => sum + count, 0),
      folder,
    ).toBeLessThanOrEqual(140);
  }
});
