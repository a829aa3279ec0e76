import { expect, test } from 'vitest';

import { providerRow, startAdvice, type FoundProvider } from '../../src/cli/provider-rows.ts';

function found(over: Partial<FoundProvider> = {}): FoundProvider {
  const base = { name: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1', missingKey: null, answered: true };
  return { ...base, problem: null, noList: false, models: [], ...over };
}

const DOWN = found({ answered: false, problem: 'refused the connection' });
const NO_KEY = found({ name: 'OpenAI', answered: null, missingKey: 'set OPENAI_API_KEY' });
const REFUSED = found({
  name: 'Groq',
  problem: 'rejected the API key (401)',
  refusedKey: 'check GROQ_API_KEY',
});

const advice = (...providers: FoundProvider[]): string =>
  startAdvice(providers, 'OPENAI_API_KEY')?.join('\n') ?? '';

test('a provider that refused its key names the variable to check', () => {
  expect(providerRow(REFUSED)).toMatchObject({
    status: 'rejected the API key (401): check GROQ_API_KEY',
    reachable: false,
  });
});

test('without any usable provider the start table says what is missing and the ways out', () => {
  expect(advice(DOWN, NO_KEY)).toMatch(/^No provider is reachable yet[\s\S]*llama-server[\s\S]*npm run demo/);
  expect(advice(DOWN, REFUSED)).toMatch(
    /^No provider is usable yet[\s\S]*check GROQ_API_KEY[\s\S]*npm run demo/,
  );
  expect(advice(DOWN, found({ name: 'Ollama' }))).toMatch(
    /^No model is available yet[\s\S]*install a model in Ollama/,
  );
});

test('a server with models or without a model list needs no advice', () => {
  expect(startAdvice([DOWN, found({ models: ['m'] })], null)).toBeNull();
  expect(startAdvice([REFUSED, found({ noList: true })], null)).toBeNull();
});

test('where no key would help, the advice names none, and a forbidden cloud is called that whatever its key', () => {
  const cloud = { cloudForbidden: true, models: ['m'] };
  expect(startAdvice([DOWN, found(cloud)], null)?.join('\n')).toMatch(/^(?!.*\.env).*engine.*npm run demo/s);
  for (const missingKey of [null, 'set OPENAI_API_KEY']) {
    expect(providerRow(found({ ...cloud, missingKey }))).toMatchObject({
      status: 'excluded: "defaults": {"cloud": false}',
      reachable: false,
    });
  }
});

test('two refused keys are two lines of advice, each with what to do', () => {
  const open = found({
    name: 'mine',
    problem: 'requires an API key (401)',
    refusedKey: 'set the "api_key" of mine',
  });
  expect(startAdvice([REFUSED, open], null)).toEqual(
    expect.arrayContaining([
      '  check GROQ_API_KEY: Groq rejected the API key (401), or',
      '  set the "api_key" of mine: mine requires an API key (401), or',
    ]),
  );
});

test('a server whose type always has a list is not usable without one: its address is probably wrong', () => {
  const vllm = found({ noList: true, alwaysLists: true });
  expect(providerRow(vllm)).toMatchObject({ status: 'no model list: check base_url', reachable: false });
  expect(advice(DOWN, vllm)).toMatch(/^No provider is usable yet[\s\S]*check the base_url of vLLM/);
});

test('a provider whose servers Laneway starts has no address to connect to', () => {
  const row = providerRow(found({ baseUrl: 'http://127.0.0.1:8080', startedHere: true, models: ['m'] }));
  expect(row).toMatchObject({ baseUrl: 'started by Laneway', status: 'm', reachable: true });
});
