import { expect, test } from 'vitest';

import type { Capabilities } from '../../../src/protocol/capabilities.ts';
import { findModel } from '../../../src/routing/name.ts';
import type { ModelEntry } from '../../../src/routing/snapshot.ts';
import { load } from '../../config/files.ts';
import { benchOf, listed } from '../harness.ts';

// Measured > configuration > server > file > shipped defaults; of a configured and a reported window the smaller one.

/** What each source states of the model `l/a`. */
interface Stated {
  readonly configured?: Capabilities;
  readonly reported?: Capabilities;
  readonly file?: Capabilities;
  readonly shipped?: Capabilities;
}

async function known({ configured, reported, file, shipped }: Stated): Promise<ModelEntry> {
  const entryOf = (capabilities?: Capabilities): object =>
    capabilities === undefined ? {} : { models: { 'l/a': { capabilities } } };
  const defaults = {
    default_lane: 'main',
    providers: { l: { type: 'llamacpp', base_url: 'http://127.0.0.1:1' } },
    lanes: { main: { preferred: ['l/a'] } },
  };
  const config = await load({ shipped: { ...defaults, ...entryOf(shipped) }, user: entryOf(configured) });
  const { registry } = await benchOf(config);
  if (file !== undefined) registry.applyFiles('l', [listed('a', { path: '/a.gguf', capabilities: file })]);
  if (reported !== undefined)
    registry.applyListing('l', { models: [listed('a', { capabilities: reported })], singleModel: true });
  const found = findModel('l/a', registry.snapshot);
  if (found === null) throw new Error('unknown model');
  return found;
}

test('what the operator writes of a model counts before what its server reports', async () => {
  const { capabilities, sources } = await known({
    configured: { supports_tools: false, memory_gb_estimate: 9 },
    reported: { supports_tools: true, memory_gb_estimate: 5, quantization: 'Q4_K_M' },
  });
  expect(capabilities).toEqual({ supports_tools: false, memory_gb_estimate: 9, quantization: 'Q4_K_M' });
  expect(sources).toEqual({
    ...{ supports_tools: 'configuration', memory_gb_estimate: 'configuration' },
    quantization: 'engine',
  });
});

test.each([
  ['larger', 65_536, 8_192, 'engine'],
  ['smaller', 4_096, 4_096, 'configuration'],
  ['equal', 8_192, 8_192, 'configuration'],
] as const)('a configured window that is %s than the reported one', async (_, window, counts, source) => {
  const { capabilities, sources } = await known({
    configured: { context_length: window },
    reported: { context_length: 8_192 },
    file: { context_length: 131_072 },
  });
  expect(capabilities.context_length).toBe(counts);
  expect(sources.context_length).toBe(source);
});

test('the shipped defaults count only where neither server nor file states a value', async () => {
  const { capabilities, sources } = await known({
    shipped: { context_length: 4_096, supports_tools: true, supports_vision: true },
    file: { supports_vision: false },
    reported: { context_length: 8_192 },
  });
  expect(capabilities).toEqual({ context_length: 8_192, supports_tools: true, supports_vision: false });
  expect(sources).toEqual({ context_length: 'engine', supports_tools: 'catalogue', supports_vision: 'file' });
});

test('a value of the shipped defaults that the operator repeats is the operator’s', async () => {
  const { capabilities, sources } = await known({
    shipped: { supports_tools: true },
    configured: { supports_tools: true },
    reported: { supports_tools: false },
  });
  expect([capabilities.supports_tools, sources.supports_tools]).toEqual([true, 'configuration']);
});

test('a window that the server has refused to exceed bounds a configured one', async () => {
  const config = await load({
    user: { models: { 'ollama/a:latest': { capabilities: { context_length: 65_536 } } } },
  });
  const { registry } = await benchOf(config);
  const model = findModel('ollama/a:latest', registry.snapshot);
  if (model === null) throw new Error('unknown model');
  registry.learnBound(model, 'context_length', 8_192);
  const bounded = findModel('ollama/a:latest', registry.snapshot);
  expect(bounded).toMatchObject({
    capabilities: { context_length: 8_192 },
    sources: { context_length: 'measured' },
  });
});
