import { expect, test } from 'vitest';

import { modelFilesOf } from '../../../src/app/engines/model-files.ts';
import type { ModelFolders } from '../../../src/engines/gguf/model-folders.ts';
import { benchOf, configOf, listed } from '../../registry/harness.ts';

const GB = 1e9;
const SETTINGS = { contextLength: null, quantizedCache: false };

/** A folder with the file `a`, which takes 5 GB by its header. */
const FOLDERS = {
  find: (_: string, id: string) => (id === 'a' ? { id, path: '/models/a.gguf', model: {} } : null),
  estimate: () => ({ total: 5 * GB }),
} as unknown as ModelFolders;

async function estimateWith(models: object): Promise<number | null> {
  const config = await configOf({
    default_lane: 'main',
    providers: { l: { type: 'llamacpp', base_url: 'http://127.0.0.1:1' } },
    lanes: { main: { preferred: ['l/a'] } },
    models,
  });
  const { registry } = await benchOf(config);
  const file = listed('a', { path: '/models/a.gguf', capabilities: { memory_gb_estimate: 5 } });
  registry.applyFiles('l', [file]);
  return modelFilesOf({ folders: FOLDERS, registry, config: () => config }).estimate('l/a', SETTINGS);
}

test('what a model takes is estimated from its file', async () => {
  expect(await estimateWith({})).toBe(5 * GB);
});

test('the memory that the operator configures for a model counts before the estimate from its file', async () => {
  expect(await estimateWith({ 'l/a': { capabilities: { memory_gb_estimate: 9 } } })).toBe(9 * GB);
});

test('a model of which only the server says how large it is takes more than its weights', async () => {
  const config = await configOf({
    default_lane: 'main',
    providers: { o: { type: 'ollama', base_url: 'http://127.0.0.1:1' } },
    lanes: { main: { preferred: ['o/a:latest'] } },
  });
  const { registry } = await benchOf(config);
  registry.applyListing('o', {
    singleModel: false,
    models: [listed('a:latest', { capabilities: { memory_gb_estimate: 4.7 } })],
  });
  const files = modelFilesOf({ folders: FOLDERS, registry, config: () => config });
  expect(files.estimate('o/a:latest', SETTINGS)).toBe(5.64 * GB);
});
