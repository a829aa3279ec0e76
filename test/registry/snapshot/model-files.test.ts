import { expect, test } from 'vitest';

import { Health } from '../../../src/routing/health.ts';
import { findModel, resolveName } from '../../../src/routing/name.ts';
import { resolve } from '../../../src/routing/resolve.ts';
import type { ModelEntry, Snapshot } from '../../../src/routing/snapshot.ts';
import { modelStatus } from '../../../src/registry/status.ts';
import type { ListedModel } from '../../../src/providers/provider.ts';
import { allHealthy, ask } from '../../support/snapshot.ts';
import { benchOf, configOf, listed, listing, model, NOTE, type Bench } from '../harness.ts';

// Files of a provider's folder (`models_dir`) are models, whether a server has loaded them or not.

const CONFIG = {
  default_lane: 'main',
  providers: {
    l: { type: 'llamacpp', base_url: 'http://127.0.0.1:1' },
    near: { type: 'openai_compatible', base_url: 'http://127.0.0.1:1/v1' },
  },
  lanes: { main: { preferred: ['l/a.gguf'] } },
};

function file(id: string, over: Partial<ListedModel> = {}): ListedModel {
  return listed(id, {
    path: `/models/${id}.gguf`,
    status: 'unloaded',
    capabilities: { context_length: 8192, quantization: 'Q4_K_M', memory_gb_estimate: 5 },
    ...over,
  });
}

async function bench(config: Readonly<Record<string, unknown>> = CONFIG): Promise<Bench> {
  const started = await benchOf(await configOf(config));
  started.registry.applyFiles('l', [file('a'), file('b')]);
  return started;
}

const loaded = (id: string, over: Partial<ListedModel> = {}): ListedModel =>
  listed(id, { status: 'loaded', capabilities: { context_length: 2048, memory_gb_estimate: 0.1 }, ...over });

function idsOf({ models }: Snapshot): string[] {
  return [...models.keys()];
}

function entry(snapshot: Snapshot, id: string): ModelEntry {
  const found = findModel(id, snapshot);
  if (found === null) throw new Error(`unknown: ${id}`);
  return found;
}

const status = (found: ModelEntry): string => modelStatus(found, new Health(() => 0.5), 0);

test('a file is one model, also where the configuration writes its name with .gguf', async () => {
  const { registry } = await bench();
  expect(idsOf(registry.snapshot)).toEqual(['l/a', 'l/b']);
});

test.each(['l/a', 'l/a.gguf', 'a', 'a.gguf'])('"%s" is the model of the file', async (name) => {
  const { registry } = await bench();
  expect(resolveName(ask(name), registry.snapshot)).toMatchObject({ kind: 'model', model: { id: 'l/a' } });
});

test('before a server answers, files are known as unloaded, with what their headers say', async () => {
  const { registry } = await bench();
  const found = entry(registry.snapshot, 'l/b');
  expect(status(found)).toBe('unloaded');
  expect(found.capabilities).toEqual({ context_length: 8192, quantization: 'Q4_K_M', memory_gb_estimate: 5 });
  expect(found.sources).toEqual({ context_length: 'file', quantization: 'file', memory_gb_estimate: 'file' });
});

test.each([
  ['of one model, which answers to any name', true],
  ['that is a router', false],
])('a server %s gets no request for a file that it does not list', async (_, singleModel) => {
  const { registry } = await bench();
  registry.applyListing('l', { models: [loaded('a')], singleModel });
  const { snapshot } = registry;
  expect(status(entry(snapshot, 'l/a'))).toBe('loaded');
  expect(status(entry(snapshot, 'l/b'))).toBe('unloaded');
  const [target] = resolve(ask('l/b'), snapshot, allHealthy).entries;
  expect(target).toMatchObject({ code: 'not_served' });
});

test.each([
  ['a', 'its own name'],
  ['a.gguf', 'the name of its file'],
])('a server that lists a file as %s (%s) has one entry for it, and is asked by that name', async (id) => {
  const { registry } = await bench();
  registry.applyListing('l', { models: [loaded(id)], singleModel: true });
  expect(idsOf(registry.snapshot)).toEqual(['l/a', 'l/b']);
  expect(entry(registry.snapshot, 'l/a')).toMatchObject({ upstreamId: id, inList: true, status: 'loaded' });
});

test('what the server reports counts before the file, except the memory of the weights alone', async () => {
  const { registry } = await bench();
  registry.applyListing('l', { models: [loaded('a')], singleModel: true });
  const { capabilities, sources } = entry(registry.snapshot, 'l/a');
  expect(capabilities).toEqual({ context_length: 2048, quantization: 'Q4_K_M', memory_gb_estimate: 5 });
  expect(sources).toMatchObject({ context_length: 'engine', memory_gb_estimate: 'file' });
});

test('what the configuration says counts before the file, under either spelling', async () => {
  for (const name of ['l/a', 'l/a.gguf']) {
    const models = { [name]: { name: 'Alpha', capabilities: { context_length: 4096 } } };
    const { registry } = await bench({ ...CONFIG, models });
    expect(idsOf(registry.snapshot)).toEqual(['l/a', 'l/b']);
    const found = entry(registry.snapshot, 'l/a');
    expect(found).toMatchObject({ name: 'Alpha', capabilities: { context_length: 4096 } });
    expect(found.sources).toMatchObject({ context_length: 'configuration', quantization: 'file' });
  }
});

test('a name that only the server has for the file stays its id, and the name of the file means it', async () => {
  const { registry } = await bench({ ...CONFIG, lanes: { main: { preferred: ['l/Nemotron-4M'] } } });
  registry.applyListing('l', listing([], { models: [loaded('Nemotron-4M', { path: 'b.gguf' })] }));
  expect(idsOf(registry.snapshot)).toEqual(['l/Nemotron-4M', 'l/a']);
  for (const name of ['l/b', 'l/b.gguf', 'b', 'l/Nemotron-4M'])
    expect(resolveName(ask(name), registry.snapshot)).toMatchObject({ model: { id: 'l/Nemotron-4M' } });
  expect(entry(registry.snapshot, 'l/b').capabilities.quantization).toBe('Q4_K_M');
});

test('the path of a model in the configuration says which file it is', async () => {
  const models = { 'l/Nemotron-4M': { path: '/models/b.gguf' } };
  const { registry } = await bench({ ...CONFIG, models });
  expect(idsOf(registry.snapshot)).toEqual(['l/Nemotron-4M', 'l/a']);
  expect(entry(registry.snapshot, 'l/Nemotron-4M').capabilities.context_length).toBe(8192);
});

test('a file that a server lists twice, with other options, has one entry by its name and one for the other', async () => {
  const { registry } = await bench();
  const both = [loaded('a-tools', { path: 'a.gguf' }), loaded('a', { path: 'a.gguf' })];
  registry.applyListing('l', listing([], { models: both }));
  expect(idsOf(registry.snapshot)).toEqual(['l/a', 'l/b', 'l/a-tools']);
});

test('a file that is not loaded is not meant where another server lists a model of its name', async () => {
  const { registry } = await bench();
  registry.applyListing('l', listing([], { models: [loaded('a')] }));
  registry.applyListing('near', listing(['b']));
  expect(resolveName(ask('b'), registry.snapshot)).toMatchObject({ model: { id: 'near/b' } });
});

test('a switch to a name with .gguf is a switch to the file, and outlives its removal and return', async () => {
  const { registry } = await bench();
  const key = { user: null, subject: 'lane:main' };
  await registry.assign(key, model(entry(registry.snapshot, 'l/b.gguf').id), NOTE);
  expect(resolve(ask('lane:main'), registry.snapshot, allHealthy).entries[0]?.link.target.id).toBe('l/b');
  registry.applyFiles('l', [file('a')]);
  registry.applyFiles('l', [file('a'), file('b')]);
  expect(resolve(ask('lane:main'), registry.snapshot, allHealthy).entries[0]?.link.target.id).toBe('l/b');
});

test('the model that the environment names may be written with .gguf', async () => {
  const config = await configOf(CONFIG, { LLAMACPP_CHAT_MODEL: 'b.gguf' });
  const { registry } = await benchOf(config);
  registry.applyFiles('l', [file('a'), file('b')]);
  registry.applyListing('l', listing([], { models: [loaded('a'), loaded('b')] }));
  expect(registry.snapshot.lanes.get('main')?.environmentTarget?.id).toBe('l/b');
});

test('files that have gone are no models any more', async () => {
  const { registry } = await bench({ ...CONFIG, lanes: { main: { preferred: [] } } });
  registry.applyFiles('l', []);
  expect(idsOf(registry.snapshot)).toEqual([]);
});
