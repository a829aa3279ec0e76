import { expect, test } from 'vitest';

import type { ResidentView } from '../../../src/engines/pool/schedule/eviction.ts';
import { decide } from '../../../src/engines/pool/schedule/schedule.ts';
import type { Candidate, ScheduleView } from '../../../src/engines/pool/schedule/schedule-view.ts';
import { POOL_DEFAULTS } from '../../../src/engines/pool/settings.ts';

const idle: ResidentView = {
  target: 'e/idle',
  provider: 'e',
  inFlight: 0,
  loadedAt: 0,
  lastUsedAt: 0,
  loadMs: 10_000,
  pinned: false,
  canUnload: true,
  begun: 0,
  drainMs: 5_000,
  claim: null,
};
const wanted: Candidate = {
  target: 'e/wanted',
  provider: 'e',
  cause: 'request',
  needBytes: 60,
  since: 100_000,
  idleOnly: false,
  missed: 0,
  background: false,
  loadMs: 10_000,
  holdsOne: false,
  notBefore: -Infinity,
  resident: false,
};

/** 100 bytes, of which the idle model takes 60. */
const view = (more: Partial<ScheduleView>): ScheduleView => ({
  now: 101_000,
  settings: POOL_DEFAULTS,
  candidates: [wanted],
  residents: [idle],
  freeAfter: (targets) => (targets.includes('e/idle') ? 100 : 40),
  freeAtBest: () => 100,
  swapShare: 0,
  thermal: 'normal',
  ...more,
});

test('an idle model makes room for one that is wanted', () => {
  expect(decide(view({}))).toMatchObject({ kind: 'switch', evict: ['e/idle'] });
});

test.each([
  ['the machine is above its soft limit', { thermal: 'soft' as const }],
  ['it was used a moment ago', { residents: [{ ...idle, lastUsedAt: 95_000 }] }],
])('but only after most of max_wait_s when %s', (_, more) => {
  expect(decide(view(more)).kind).toBe('wait');
  expect(decide(view({ ...more, now: 208_000 })).kind).toBe('switch');
});

test('when too much of the last minutes went into swaps, a model has to be idle for longer, but is not kept for long', () => {
  const resident = { ...idle, loadMs: 1_000, lastUsedAt: 98_000 };
  const quick = {
    residents: [resident],
    candidates: [{ ...wanted, loadMs: 1_000 }],
    now: 103_000,
  };
  expect(decide(view(quick)).kind).toBe('switch');
  expect(decide(view({ ...quick, swapShare: 0.9 })).kind).toBe('wait');
  expect(decide(view({ ...quick, swapShare: 0.9, now: 106_000 })).kind).toBe('switch');
});

test('a busy model goes for one that is due rather than one that is in use, idle for a moment, and slow to load', () => {
  const quick = { ...idle, target: 'e/quick', inFlight: 1, loadMs: 5_000, lastUsedAt: 204_000 };
  const slow = { ...idle, target: 'e/slow', loadMs: 60_000, lastUsedAt: 203_000 };
  const freeAfter = (targets: readonly string[]): number => (targets.length > 0 ? 100 : 0);
  const oneGoes = { residents: [slow, quick], freeAfter, now: 208_000 };
  expect(decide(view(oneGoes))).toMatchObject({ kind: 'switch', evict: ['e/quick'] });
  const rested = { ...oneGoes, residents: [{ ...slow, lastUsedAt: 0 }, quick] };
  expect(decide(view(rested))).toMatchObject({ kind: 'switch', evict: ['e/slow'] });
});

test('a load begins later where the models that go for it are idle, since no request has to end first', () => {
  const soon = { now: 205_000, residents: [{ ...idle, lastUsedAt: 204_000 }] };
  expect(decide(view(soon)).kind).toBe('wait');
  expect(decide(view({ ...soon, now: 208_000 })).kind).toBe('switch');
  const busy = { ...soon, residents: [{ ...idle, inFlight: 1 }] };
  expect(decide(view(busy)).kind).toBe('switch');
});

test('requests that have gone elsewhere swap a model only once they are worth the swap', () => {
  const away = (missed: number) => [{ ...wanted, idleOnly: true, missed }];
  expect(decide(view({ candidates: away(1) })).kind).toBe('wait');
  expect(decide(view({ candidates: away(2) })).kind).toBe('switch');
  const busy = [{ ...idle, inFlight: 1, begun: 100 }];
  expect(decide(view({ candidates: away(50), residents: busy, now: 900_000 })).kind).toBe('wait');
});

test('nobody takes the memory that the longest waiting model needs', () => {
  const busy = [{ ...idle, inFlight: 1, loadedAt: 190_000, lastUsedAt: 200_000 }];
  const small = { ...wanted, target: 'e/small', needBytes: 10, since: 204_000 };
  const long = { ...wanted, since: 100_000 };
  expect(decide(view({ now: 205_000, residents: busy, candidates: [small, long] })).kind).toBe('wait');
  expect(decide(view({ now: 150_000, residents: busy, candidates: [small, long] }))).toMatchObject({
    kind: 'switch',
    candidate: { target: 'e/small' },
  });
});
