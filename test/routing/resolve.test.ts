import { expect, test } from 'vitest';

import type { Plan } from '../../src/routing/plan.ts';
import { emptyPlanError, reasonOf } from '../../src/routing/reason.ts';
import { resolve } from '../../src/routing/resolve.ts';
import type { Snapshot } from '../../src/routing/snapshot.ts';
import { ask, deferralsOf, providerEntry, snapshotOf, allHealthy, type World } from '../support/snapshot.ts';

const verdicts = (plan: Plan): string[] =>
  plan.entries.map(({ link, code }) => `${link.target.id} ${code ?? 'ready'}`);

const cloud = providerEntry('cloud', { local: false });
const world = {
  providers: [cloud],
  models: { 'near/a': {}, 'near/b': {}, 'cloud/c': {} },
  lanes: {
    main: { preferred: ['near/a', 'near/b'], cloudFallback: ['cloud/c'] },
    private: { preferred: ['near/b'], cloud: false },
    deep: { preferred: ['near/b'] },
  },
  nodes: {
    on_lane: {},
    on_model: { assignment: { model: 'near/a', lane: null } },
    kept_here: { cloud: false },
  },
};
const snapshot = snapshotOf(world);

test('a deferred target moves after the others and stays in the plan', () => {
  const plan = resolve(ask(null), snapshot, deferralsOf({ 'near/a': 'unreachable' }));
  expect(verdicts(plan)).toEqual(['near/b ready', 'cloud/c ready', 'near/a unreachable']);
  expect(plan.eligible).toBe(3);
});

test('when all targets are deferred the first is still tried first', () => {
  const deferrals = deferralsOf({ 'near/a': 'cooling_down', 'near/b': 'breaker_open', 'cloud/c': 'loading' });
  const plan = resolve(ask(null), snapshot, deferrals);
  expect(plan.eligible).toBe(3);
  expect(plan.entries[0]?.link.target.id).toBe('near/a');
});

test('cloud: false on a lane excludes every cloud target, including those of the default lane', () => {
  const plan = resolve(ask('lane:private'), snapshot, allHealthy);
  expect(verdicts(plan)).toEqual(['near/b ready', 'near/a ready', 'cloud/c not_allowed']);
});

test('cloud: false on a node does the same', () => {
  const plan = resolve(ask('kept_here'), snapshot, allHealthy);
  expect(verdicts(plan)).toEqual(['near/a ready', 'near/b ready', 'cloud/c not_allowed']);
});

test('the reason of a forbidden cloud names the section with the setting', () => {
  const { main } = world.lanes;
  const reason = (name: string | null, over: Partial<World> = {}): string | null | undefined => {
    const plan = resolve(ask(name), snapshotOf({ ...world, ...over }), allHealthy);
    const entry = plan.entries.find(({ link }) => link.target.id === 'cloud/c');
    return entry && reasonOf(entry, plan.facts, null);
  };
  expect(reason('kept_here')).toMatch(/"cloud" is false in nodes\.kept_here$/);
  expect(reason(null, { lanes: { main: { ...main, cloud: false } } })).toMatch(/false in lanes\.main$/);
  expect(reason('cloud/c', { cloud: false })).toMatch(/false in defaults$/);
});

test('cloud: false in the defaults keeps every plan local unless its lane or node says true', () => {
  const local = (over: Partial<World>): Snapshot => snapshotOf({ ...world, ...over, cloud: false });
  const cloudOf = (name: string | null, over: Partial<World> = {}): string | undefined =>
    verdicts(resolve(ask(name), local(over), allHealthy)).find((verdict) => verdict.startsWith('cloud/c'));
  expect(cloudOf(null)).toBe('cloud/c not_allowed');
  expect(cloudOf('cloud/c')).toBe('cloud/c not_allowed');
  const { main } = world.lanes ?? {};
  expect(cloudOf(null, { lanes: { main: { ...main, cloud: true } } })).toBe('cloud/c ready');
  expect(cloudOf('free', { nodes: { free: { cloud: true } } })).toBe('cloud/c ready');
  // A lane's own false holds against a node's true.
  const lanes = { main: { ...main, cloud: false } };
  expect(
    cloudOf('free', { lanes, nodes: { free: { cloud: true, assignment: { model: null, lane: 'main' } } } }),
  ).toBe('cloud/c not_allowed');
});

test('a target with too small a context is excluded', () => {
  const models = { ...world.models, 'near/a': { capabilities: { context_length: 1_000 } } };
  const first = (estimatedTokens: number, maxOutputTokens: number | null = null): string[] => {
    const request = ask(null, { estimatedTokens, maxOutputTokens });
    return verdicts(resolve(request, snapshotOf({ ...world, models }), allHealthy));
  };
  expect(first(1_334)).toEqual(['near/b ready', 'cloud/c ready', 'near/a context_too_small']);
  expect(first(1_333)[0]).toBe('near/a ready');
  // A requested output that does not fit is lowered.
  expect(first(1_333, 32_000)[0]).toBe('near/a ready');
});

test('models that are known not to support tools, images or schemas are excluded', () => {
  const cannot = { supports_tools: false, supports_vision: false, supports_json_schema: false };
  const models = { ...world.models, 'near/a': { capabilities: cannot } };
  const codes = (['tools', 'vision', 'json_schema'] as const).map((need) => {
    const plan = resolve(ask(null, { needs: [need] }), snapshotOf({ ...world, models }), allHealthy);
    return plan.entries.find(({ link }) => link.target.id === 'near/a')?.code;
  });
  expect(codes).toEqual(['no_tools', 'no_vision', 'no_json_schema']);
});

test('a model that a single-model server does not list is excluded', () => {
  const providers = [cloud, providerEntry('near', { answersAnyName: true })];
  const models = { ...world.models, 'near/a': { inList: false } };
  const plan = resolve(ask(null), snapshotOf({ ...world, providers, models }), allHealthy);
  expect(verdicts(plan)).toEqual(['near/b ready', 'cloud/c ready', 'near/a not_served']);
});

test('without fallback only the first target that is not excluded is kept, even if deferred', () => {
  const providers = [cloud, providerEntry('near', { missingKey: 'set NEAR_KEY' })];
  const request = ask(null, {}, { noFallback: true });
  const plan = resolve(
    request,
    snapshotOf({ ...world, providers }),
    deferralsOf({ 'cloud/c': 'unreachable' }),
  );
  expect(verdicts(plan)).toEqual(['cloud/c unreachable', 'near/a needs_key', 'near/b needs_key']);
  const three = resolve(request, snapshot, deferralsOf({ 'near/a': 'loading' }));
  expect(verdicts(three)).toEqual(['near/a loading', 'near/b no_fallback', 'cloud/c no_fallback']);
});

test('a very large request goes to the deep lane first, then to its own chain', () => {
  const deepIngest = { lane: 'deep', overTokens: 1_000, overBytes: 50_000, repositories: true };
  const deep = snapshotOf({ ...world, deepIngest });
  const moved = ['near/b ready', 'near/a ready', 'cloud/c ready'];
  for (const request of [
    ask(null, { estimatedTokens: 1_001 }),
    ask('lane:main', { sizeBytes: 50_001 }),
    ask('on_lane', {}, { hints: ['repository'] }),
    ask(null, {}, { hints: ['deep_ingest'] }),
  ]) {
    const plan = resolve(request, deep, allHealthy);
    expect(verdicts(plan)).toEqual(moved);
    expect(plan.rule).toBe('deep_ingest');
  }
});

test('a request that names a model is never moved by size, nor one below the bounds', () => {
  const deepIngest = { lane: 'deep', overTokens: 1_000, overBytes: null, repositories: false };
  const deep = snapshotOf({ ...world, deepIngest });
  for (const request of [
    ask('near/a', { estimatedTokens: 9_999 }),
    ask('on_model', { estimatedTokens: 9_999 }),
    ask(null, { estimatedTokens: 1_000 }),
    ask(null, {}, { hints: ['repository'] }),
    ask(null, {}, { hints: ['background'] }),
  ]) {
    const plan = resolve(request, deep, allHealthy);
    expect(plan.rule).toBeNull();
    expect(plan.entries[0]?.link.target.id).toBe('near/a');
  }
});

test('the error of an empty plan depends on why it is empty', () => {
  const small = snapshotOf({
    models: { 'a/x': { capabilities: { context_length: 10 } } },
    lanes: { main: {} },
  });
  const tooLong = emptyPlanError(resolve(ask('a/x', { estimatedTokens: 1_000 }), small, allHealthy), 0);
  expect(tooLong?.code).toBe('context_length_exceeded');

  expect(tooLong?.options.param).toBe('messages');

  const vectors = snapshotOf({
    models: { 'a/x': { kind: 'embeddings', capabilities: { context_length: 10 } } },
    lanes: { main: {} },
  });
  expect(emptyPlanError(resolve(ask('a/x'), vectors, allHealthy), 0)?.code).toBe('unsupported_parameter');
  const longText = resolve(ask('a/x', { kind: 'embeddings', estimatedTokens: 1_000 }), vectors, allHealthy);
  expect(emptyPlanError(longText, 0)?.options.param).toBe('input');
  const toLane = emptyPlanError(resolve(ask('lane:main', { kind: 'embeddings' }), vectors, allHealthy), 0);
  expect([toLane?.code, toLane?.message]).toEqual([
    'unsupported_parameter',
    'main: lanes serve chat only, not embeddings: request a model, or a node that is assigned to a model',
  ]);

  const single = [providerEntry('a', { answersAnyName: true })];
  const other = snapshotOf({ providers: single, models: { 'a/x': { inList: false } }, lanes: { main: {} } });
  expect(emptyPlanError(resolve(ask('a/x'), other, allHealthy), 0)?.code).toBe('model_not_found');
});

test('an embeddings node whose provider was removed says that it has no model, and how to set one', () => {
  const nodes = { embeddings: { kind: 'embeddings', assignment: { model: null, lane: 'main' } } } as const;
  const without = snapshotOf({ ...world, nodes });
  const error = emptyPlanError(resolve(ask(null, { kind: 'embeddings' }), without, allHealthy), 0);
  expect(error?.code).toBe('no_target');
  expect(error?.message).toMatch(/node "embeddings" has no model.*PUT \/api\/debug\/models\/embeddings/);
});

test('without an eligible target the message lists each one and its reason, in order', () => {
  const providers = [
    providerEntry('cloud', { local: false, missingKey: 'set CLOUD_API_KEY' }),
    providerEntry('near', { answersAnyName: true, name: 'llama.cpp' }),
  ];
  const models = { 'cloud/c': {}, 'near/a': { inList: false } };
  const lanes = { main: { preferred: ['near/a'], cloudFallback: ['cloud/c'] } };
  const error = emptyPlanError(resolve(ask(null), snapshotOf({ providers, models, lanes }), allHealthy), 0);
  expect(error?.code).toBe('no_target');
  expect(error?.options.shouldRetry).toBe(false);
  expect(error?.message).toBe(
    'main: near/a passed over (llama.cpp does not list it); cloud/c passed over (no key: set CLOUD_API_KEY)',
  );
});

test('wire case 170: a prompt above every window is the client’s to shorten, even beside targets without a key', () => {
  const providers = [
    providerEntry('cloud', { local: false, missingKey: 'set CLOUD_API_KEY' }),
    providerEntry('near', { name: 'llama.cpp' }),
  ];
  const models = { 'cloud/c': {}, 'near/a': { capabilities: { context_length: 1_000 } } };
  const lanes = { main: { preferred: ['near/a'], cloudFallback: ['cloud/c'] } };
  const tooSmall = snapshotOf({ providers, models, lanes });
  const error = emptyPlanError(resolve(ask(null, { estimatedTokens: 9_000 }), tooSmall, allHealthy), 0);
  expect(error?.code).toBe('context_length_exceeded');
  expect(error?.options.overflow).toMatchObject({ window: 1_000 });
  expect(error?.message).toContain('cloud/c passed over (no key: set CLOUD_API_KEY)');
});

test('texts to embed are rejected by their estimate only if no text of that length could fit', () => {
  const models = { 'a/x': { kind: 'embeddings' as const, capabilities: { context_length: 512 } } };
  const fits = (estimatedTokens: number): boolean =>
    resolve(
      ask('a/x', { kind: 'embeddings', estimatedTokens }),
      snapshotOf({ models, lanes: { main: {} } }),
      allHealthy,
    ).eligible === 1;
  // 3,540 bytes of long English words: 885 as estimated, 302 as BERT's tokenizer counts.
  expect(fits(885)).toBe(true);
  expect(fits(1_700)).toBe(false);
});
