import { expect, test } from 'vitest';

import type { Usage } from '../../../src/protocol/usage.ts';
import type { Listing } from '../../../src/providers/provider.ts';
import { LearntWindows } from '../../../src/registry/snapshot/learnt-windows.ts';
import type { ModelEntry } from '../../../src/routing/snapshot.ts';

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
  expect(windows.learn(model(), 'context_length', 2048)).toBe(true);
  expect(windowOf(windows)).toBe(2048);
  expect(windowOf(windows, 8192)).toBe(2048);
  expect(windowOf(windows, 1024)).toBe(1024);
  expect(windows.learn(model(), 'context_length', 4096)).toBe(false);
  expect(windows.bound(models()).get('a/m')?.sources.context_length).toBe('measured');
});

test('it is forgotten when the entry in the list or the configuration changes, and only then', () => {
  const windows = new LearntWindows();
  windows.learn(model(), 'context_length', 2048);
  windows.listingChanged(models(), 'a', list(8192), list(8192));
  windows.listingChanged(models(), 'other', list(8192), undefined);
  expect(windowOf(windows)).toBe(2048);
  windows.listingChanged(models(), 'a', list(8192), list(16_384));
  expect(windowOf(windows)).toBeUndefined();
  windows.learn(model(), 'context_length', 2048);
  windows.listingChanged(models(), 'a', list(8192), undefined);
  expect(windowOf(windows)).toBeUndefined();
  windows.learn(model(), 'context_length', 2048);
  windows.clear();
  expect(windowOf(windows)).toBeUndefined();
});

test('an output limit is learnt beside the window', () => {
  const windows = new LearntWindows();
  expect(windows.learn(model(), 'max_output_tokens', 8192)).toBe(true);
  expect(windows.learn(model(), 'context_length', 65_536)).toBe(true);
  expect(windows.bound(models()).get('a/m')?.capabilities).toEqual({
    max_output_tokens: 8192,
    context_length: 65_536,
  });
});

const usage = (inputTokens: number, outputTokens = 1): Usage => ({
  inputTokens,
  outputTokens,
  cachedInputTokens: null,
  reasoningTokens: null,
});

test('nothing below what the model has already served is learnt, until its entry in the list changes', () => {
  const windows = new LearntWindows();
  windows.served(model(), usage(3000, 500));
  windows.served(model(), usage(100, 10));
  expect(windows.learn(model(), 'context_length', 2048)).toBe(false);
  expect(windows.learn(model(), 'max_output_tokens', 499)).toBe(false);
  expect(windows.learn(model(), 'context_length', 3000)).toBe(true);
  windows.listingChanged(models(), 'a', list(8192), list(2048));
  expect(windows.learn(model(), 'context_length', 2048)).toBe(true);
});

test('a reply to a longer prompt removes the learnt window, and only that', () => {
  const windows = new LearntWindows();
  windows.learn(model(), 'context_length', 2048);
  windows.learn(model(), 'max_output_tokens', 512);
  expect(windows.served(model(), usage(2048, 512))).toBe(false);
  expect(windowOf(windows)).toBe(2048);
  expect(windows.served(model(), usage(2049, 512))).toBe(true);
  expect(windows.bound(models()).get('a/m')?.capabilities).toEqual({ max_output_tokens: 512 });
});
