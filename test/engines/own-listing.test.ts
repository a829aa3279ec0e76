import { expect, test } from 'vitest';

import type { EngineDriver, ResidentModel } from '../../src/engines/driver.ts';
import { ownListing } from '../../src/engines/own-listing.ts';

const RESIDENT: ResidentModel = {
  ...{
    modelId: 'loaded',
    state: 'loaded',
    progress: null,
    contextLength: 4096,
    footprintBytes: null,
    error: null,
  },
};

function driver(slots: EngineDriver['slots']): EngineDriver {
  return {
    ...{ name: 'router', verbs: ['load', 'unload'], state: 'running', loadsForRequests: false },
    residency: () => Promise.resolve([RESIDENT]),
    load: () => Promise.resolve({ contextLength: null, footprintBytes: null }),
    unload: () => Promise.resolve(),
    slots,
    close: () => Promise.resolve(),
  };
}

const FILES = ['loaded', 'other'].map((id) => ({ id, path: `/models/${id}.gguf`, context: null }));

test('a loaded model of an own engine has as many slots as its server reports, so that Laneway queues the rest', async () => {
  const { models } = await ownListing(
    driver((id) => Promise.resolve(id === 'loaded' ? 4 : null)),
    FILES,
  );
  expect(models).toMatchObject([
    { id: 'loaded', status: 'loaded', slots: 4 },
    { id: 'other', status: 'unloaded' },
  ]);
  expect(models[1]).not.toHaveProperty('slots');
});

test('a server that does not say its slots is listed without them', async () => {
  const { models } = await ownListing(
    driver(() => Promise.reject(new Error('silent'))),
    FILES,
  );
  expect(models[0]).toMatchObject({ id: 'loaded', status: 'loaded' });
  expect(models[0]).not.toHaveProperty('slots');
});
