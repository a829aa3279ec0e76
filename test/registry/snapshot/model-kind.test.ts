import { expect, test } from 'vitest';

import type { Kind } from '../../../src/protocol/capabilities.ts';
import { benchOf, configOf, BASE_CONFIG, listed } from '../harness.ts';

const EMBEDS = { supports_embeddings: true };

async function kindOf(
  id: string,
  model: object,
  more: { readonly listedAs?: Kind | null; readonly nodes?: object; readonly lanes?: object } = {},
): Promise<Kind | undefined> {
  const { nodes = {}, lanes = BASE_CONFIG.lanes } = more;
  const config = await configOf({ ...BASE_CONFIG, models: { [id]: model }, nodes, lanes });
  const bench = await benchOf(config);
  const kind = more.listedAs;
  if (kind !== undefined) {
    const models = [listed(id.slice('near/'.length), { kind })];
    bench.registry.applyListing('near', { models, singleModel: false });
  }
  return bench.registry.snapshot.models.get(id)?.kind;
}

test('the configured kind of a model takes precedence over its server’s, its name and its nodes', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'near/bge-m3' } };
  expect(await kindOf('near/bge-m3', { kind: 'chat' }, { listedAs: 'embeddings', nodes })).toBe('chat');
  expect(await kindOf('near/x', { kind: 'rerank' })).toBe('rerank');
});

test('without a configured kind, the server’s kind applies', async () => {
  expect(await kindOf('near/bge-m3', {}, { listedAs: 'chat' })).toBe('chat');
  expect(await kindOf('near/x', {}, { listedAs: 'embeddings' })).toBe('embeddings');
});

test('a chat model that also supports embeddings is a chat model, also without a list of its server', async () => {
  expect(await kindOf('near/x', { capabilities: { ...EMBEDS, supports_tools: true } })).toBe('chat');
  expect(await kindOf('near/x', { capabilities: { ...EMBEDS, coding_strength: 0.5 } })).toBe('chat');
  expect(await kindOf('near/x', { kind: 'chat', capabilities: EMBEDS })).toBe('chat');
});

test('a model is an embeddings model by its only capability or by its name', async () => {
  expect(await kindOf('near/x', { capabilities: EMBEDS })).toBe('embeddings');
  expect(await kindOf('near/x', { capabilities: { ...EMBEDS, supports_tools: false } })).toBe('embeddings');
  expect(await kindOf('near/text-embedding-3-small', {})).toBe('embeddings');
  expect(await kindOf('near/x', {})).toBe('chat');
});

test('a server’s list without kinds does not override the kind of the node that names the model', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'near/mine' } };
  expect(await kindOf('near/mine', {}, { listedAs: null, nodes })).toBe('embeddings');
  expect(await kindOf('near/mine', {}, { listedAs: 'chat', nodes })).toBe('chat');
  expect(await kindOf('near/mine', {}, { listedAs: null })).toBe('chat');
});

test('a model that is also named by a lane is a chat model', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'near/mine' } };
  const lanes = { main: { preferred: ['near/mine'] } };
  expect(await kindOf('near/mine', {}, { listedAs: null, nodes, lanes })).toBe('chat');
});
