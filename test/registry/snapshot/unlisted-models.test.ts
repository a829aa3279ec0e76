import { expect, test } from 'vitest';

import { load } from '../../config/files.ts';
import { benchOf, listing } from '../harness.ts';

const FILE = {
  providers: {
    ollama: { type: 'ollama' },
    far: { type: 'openai_compatible', base_url: 'https://far.example/v1' },
  },
  lanes: {
    orchestrator: {
      preferred: ['ollama/qwn3:8b', 'ollama/nothing-like-it', 'ollama/here'],
      cloud_fallback: ['far/gpt-4o-mni', 'far/sonnet-4', 'far/private-tune'],
    },
  },
  nodes: { evaluate: { model: 'ollama/her:latest' } },
};

test('models that their server does not list are named, with the most similar listed one', async () => {
  const { registry } = await benchOf(await load({ models: FILE }));
  const warnings: string[] = [];
  registry.onWarning((message) => warnings.push(message));
  expect(warnings).toEqual([]);
  registry.applyListing('ollama', listing(['qwen3:8b', 'here:latest']));
  registry.applyListing('far', listing(['gpt-4o-mini', 'sonnet-4-20250514']));
  registry.applyListing('far', listing(['gpt-4o-mini', 'sonnet-4-20250514']));
  expect(warnings.toSorted()).toEqual([
    'lanes.orchestrator.cloud_fallback: not in the list of its server: far/gpt-4o-mni (did you mean "far/gpt-4o-mini"?)',
    'lanes.orchestrator.preferred: not in the list of its server: ollama/qwn3:8b (did you mean "ollama/qwen3:8b"?), ollama/nothing-like-it:latest',
    'nodes.evaluate.model: not in the list of its server: ollama/her:latest (did you mean "ollama/here:latest"?)',
  ]);
});

test('the shipped defaults are not warned of', async () => {
  const { registry } = await benchOf(await load({ user: { default_lane: 'coder' } }));
  const warnings: string[] = [];
  registry.onWarning((message) => warnings.push(message));
  registry.applyListing('ollama', listing(['qwen3:8b']));
  expect(warnings).toEqual([]);
});

const OPEN = {
  providers: { a: { type: 'openai_compatible', base_url: 'http://127.0.0.1:1/v1' } },
  default_lane: 'main',
};

test('a misspelt id under "models" is named with the listed one that is meant', async () => {
  const lanes = { main: { preferred: ['a/beta'] } };
  const { registry, warnings } = await benchOf(
    await load({ models: { ...OPEN, lanes, models: { 'a/alhpa': { speed: 'fast' }, 'a/private': {} } } }),
  );
  registry.applyListing('a', listing(['alpha', 'beta']));
  expect(warnings).toEqual(['models: not in the list of its server: a/alhpa (did you mean "a/alpha"?)']);
});

test('a lane none of whose models a server lists is named once the lists are known, though they may be incomplete', async () => {
  const lanes = { main: { preferred: ['a/first', 'a/second'] }, side: { preferred: ['a/third', 'a/alpha'] } };
  const { registry, warnings } = await benchOf(await load({ models: { ...OPEN, lanes } }));
  expect(warnings).toEqual([]);
  registry.applyListing('a', listing(['alpha', 'beta']));
  expect(warnings).toEqual([expect.stringMatching(/^lanes\.main: none of its models .*a\/first, a\/second/)]);
});

test('a model that Laneway is to load or keep is named even where the list may be incomplete', async () => {
  const models = { 'a/kept': { pinned: true }, 'a/short': { context: 8_192 }, 'a/private': {} };
  const { registry, warnings } = await benchOf(
    await load({ models: { ...OPEN, lanes: { main: { preferred: ['a/beta'] } }, models } }),
  );
  registry.applyListing('a', listing(['alpha', 'beta']));
  expect(warnings).toEqual(['models: not in the list of its server: a/kept, a/short']);
});
