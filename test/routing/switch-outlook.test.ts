import { expect, test } from 'vitest';

import type { DeferralCode } from '../../src/routing/plan.ts';
import { switchOutlook } from '../../src/routing/switch-outlook.ts';
import { deferralsOf, allHealthy, providerEntry, snapshotOf } from '../support/snapshot.ts';

const snapshot = snapshotOf({
  providers: [providerEntry('a'), providerEntry('b'), providerEntry('whole', { completeList: true })],
  models: {
    'a/m': {},
    'b/m': {},
    'b/old': { retired: true, fallbacks: ['b/m'] },
    'whole/qwen:7b': { inList: true },
    'whole/qwen:8b': { inList: false },
    'b/vectors': { kind: 'embeddings' },
  },
  lanes: { main: { preferred: ['a/m', 'b/m'] }, empty: {} },
  nodes: {
    onto: { assignment: { model: 'a/m', lane: null } },
    lane: { assignment: { model: null, lane: 'main' } },
    old: { assignment: { model: 'b/old', lane: null } },
    missing: { assignment: { model: 'whole/qwen:8b', lane: null } },
    vectors: { kind: 'embeddings', assignment: { model: 'b/vectors', lane: null } },
  },
});

function outlook(name: string, health = allHealthy): { code: string; detail: string }[] {
  const node = snapshot.nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return switchOutlook({ kind: 'node', node }, snapshot, health, 10_000);
}

const CODES: readonly DeferralCode[] = [
  'unreachable',
  'breaker_open',
  'cooling_down',
  'loading',
  'key_refused',
  'missing',
];

test.each(CODES)('a target that is deferred as %s: the warning says why and who answers', (code) => {
  const [warning, ...others] = outlook('onto', deferralsOf({ 'a/m': code }));
  expect(others).toEqual([]);
  expect(warning?.code).toBe(code);
  expect(warning?.detail).toMatch(/^a\/m: .+; b\/m answers meanwhile$/);
});

test('without another ready target the warning says that it is tried nevertheless', () => {
  const [warning] = outlook('vectors', deferralsOf({ 'b/vectors': 'unreachable' }));
  expect(warning?.detail).toContain('no other target is ready, so it is tried nevertheless');
});

test('a retired model: the warning names its successor', () => {
  expect(outlook('old')).toMatchObject([{ code: 'retired' }]);
  expect(outlook('old')[0]?.detail).toContain('b/m');
});

test('a ready target, and a lane with one, need no warning', () => {
  expect(outlook('onto')).toEqual([]);
  expect(outlook('lane', deferralsOf({ 'a/m': 'unreachable' }))).toEqual([]);
});

test('a lane without a ready target: the warning says why', () => {
  const [warning] = outlook(
    'lane',
    deferralsOf({ 'a/m': 'unreachable', 'b/m': 'cooling_down', 'whole/qwen:7b': 'loading' }),
  );
  expect(warning?.code).toBe('unreachable');
  expect(warning?.detail).toContain('no target of the lane is ready; a/m');
});

test('a lane with a new first model that is deferred', () => {
  const lane = snapshot.lanes.get('main');
  if (lane === undefined) throw new Error('no lane');
  const override = { model: 'b/m', reason: null, actor: 'local', at: '', expiresAt: null };
  const switched = { ...lane, override };
  const after = { ...snapshot, lanes: new Map(snapshot.lanes).set('main', switched) };
  const health = deferralsOf({ 'b/m': 'breaker_open' });
  const warnings = switchOutlook({ kind: 'lane', lane: switched }, after, health, 0);
  expect(warnings).toMatchObject([{ code: 'breaker_open' }]);
  expect(warnings[0]?.detail).toContain('a/m answers meanwhile');
});
