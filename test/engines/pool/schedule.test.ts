import { expect, test } from 'vitest';

import type { ResidentView } from '../../../src/engines/pool/schedule/eviction.ts';
import { type Candidate, decide, type ScheduleView } from '../../../src/engines/pool/schedule/schedule.ts';
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
  ['too much of the last minutes went into swaps', { swapShare: 0.3 }],
  ['the machine is above its soft limit', { thermal: 'soft' as const }],
  ['it was used a moment ago', { residents: [{ ...idle, lastUsedAt: 95_000 }] }],
])('but only after most of max_wait_s when %s', (_, more) => {
  expect(decide(view(more)).kind).toBe('wait');
  expect(decide(view({ ...more, now: 205_000 })).kind).toBe('switch');
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
