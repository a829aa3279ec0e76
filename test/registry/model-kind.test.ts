import { expect, test } from 'vitest';

import type { Kind } from '../../src/protocol/capabilities.ts';
import { benchOf, configOf, HOUSE, listed } from './harness.ts';

const EMBEDS = { supports_embeddings: true };

async function kindOf(
  id: string,
  model: object,
  more: { readonly listedAs?: Kind | null; readonly nodes?: object; readonly lanes?: object } = {},
): Promise<Kind | undefined> {
  const { nodes = {}, lanes = HOUSE.lanes } = more;
  const config = await configOf({ ...HOUSE, models: { [id]: model }, nodes, lanes });
  const bench = await benchOf(config);
  const kind = more.listedAs;
  if (kind !== undefined) {
    const models = [listed(id.slice('near/'.length), { kind })];
    bench.registry.applyListing('near', { models, singleModel: false });
  }
  return bench.registry.snapshot.models.get(id)?.kind;
}

test('a model is of the kind that configuration says, whatever its server, its name or a node says', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'near/bge-m3' } };
  expect(await kindOf('near/bge-m3', { kind: 'chat' }, { listedAs: 'embeddings', nodes })).toBe('chat');
  expect(await kindOf('near/x', { kind: 'rerank' })).toBe('rerank');
});

test('else of the kind that its server says', async () => {
  expect(await kindOf('near/bge-m3', {}, { listedAs: 'chat' })).toBe('chat');
  expect(await kindOf('near/x', {}, { listedAs: 'embeddings' })).toBe('embeddings');
});

test('a chat model that can also embed stays a chat model, without a list of its server too', async () => {
  expect(await kindOf('near/x', { capabilities: { ...EMBEDS, supports_tools: true } })).toBe('chat');
  expect(await kindOf('near/x', { capabilities: { ...EMBEDS, coding_strength: 0.5 } })).toBe('chat');
  expect(await kindOf('near/x', { kind: 'chat', capabilities: EMBEDS })).toBe('chat');
});

test('one of which only embeddings are told, and one with the name of an embedding model, is for embeddings', async () => {
  expect(await kindOf('near/x', { capabilities: EMBEDS })).toBe('embeddings');
  expect(await kindOf('near/x', { capabilities: { ...EMBEDS, supports_tools: false } })).toBe('embeddings');
  expect(await kindOf('near/text-embedding-3-small', {})).toBe('embeddings');
  expect(await kindOf('near/x', {})).toBe('chat');
});

test('a server whose list says nothing of kinds does not overrule the node that names the model', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'near/mine' } };
  expect(await kindOf('near/mine', {}, { listedAs: null, nodes })).toBe('embeddings');
  expect(await kindOf('near/mine', {}, { listedAs: 'chat', nodes })).toBe('chat');
  expect(await kindOf('near/mine', {}, { listedAs: null })).toBe('chat');
});

test('a model that a lane names too stays a chat model', async () => {
  const nodes = { vectors: { kind: 'embeddings', model: 'near/mine' } };
  const lanes = { main: { preferred: ['near/mine'] } };
  expect(await kindOf('near/mine', {}, { listedAs: null, nodes, lanes })).toBe('chat');
});
