import { expect, test } from 'vitest';

import type { Listing } from '../../src/providers/provider.ts';
import { LearntWindows } from '../../src/registry/learnt-windows.ts';
import type { ModelEntry } from '../../src/routing/snapshot.ts';

const model = (window?: number): ModelEntry =>
  ({
    id: 'a/m',
    upstreamId: 'm',
    provider: { id: 'a' },
    capabilities: window === undefined ? {} : { context_length: window },
    sources: {},
  }) as ModelEntry;

const list = (window: number): Listing => ({
  models: [
    { id: 'm', name: null, kind: null, status: 'available', capabilities: { context_length: window } },
  ],
  singleModel: false,
});

const models = (window?: number): ReadonlyMap<string, ModelEntry> => new Map([['a/m', model(window)]]);
const windowOf = (windows: LearntWindows, known?: number): unknown =>
  windows.bound(models(known)).get('a/m')?.capabilities.context_length;

test('a learnt window bounds an unknown and a larger one, never a smaller one', () => {
  const windows = new LearntWindows();
  expect(windows.learn(model(), 2048)).toBe(true);
  expect(windowOf(windows)).toBe(2048);
  expect(windowOf(windows, 8192)).toBe(2048);
  expect(windowOf(windows, 1024)).toBe(1024);
  expect(windows.learn(model(), 4096)).toBe(false);
  expect(windows.bound(models()).get('a/m')?.sources.context_length).toBe('measured');
});

test('it is forgotten when the entry in the list or the configuration changes, and only then', () => {
  const windows = new LearntWindows();
  windows.learn(model(), 2048);
  windows.listingChanged(models(), 'a', list(8192), list(8192));
  windows.listingChanged(models(), 'other', list(8192), undefined);
  expect(windowOf(windows)).toBe(2048);
  windows.listingChanged(models(), 'a', list(8192), list(16_384));
  expect(windowOf(windows)).toBeUndefined();
  windows.learn(model(), 2048);
  windows.listingChanged(models(), 'a', list(8192), undefined);
  expect(windowOf(windows)).toBeUndefined();
  windows.learn(model(), 2048);
  windows.clear();
  expect(windowOf(windows)).toBeUndefined();
});
