import { expect, test } from 'vitest';

import { COLOURS, OTHERS, slotsOf, startsOf, sum, valuesOf } from '../../src/console/usage/over-time.ts';
import { RANGES } from '../../src/console/usage/ranges.ts';

const HOUR_MS = RANGES.day.bucketMs;
const FROM = Date.parse('2026-11-30T00:00:00Z');

interface Figures {
  readonly requests: number;
  readonly tokens: number | null;
  readonly ms: number | null;
}

function row(group: string | null, { requests, tokens, ms }: Figures) {
  const counts = { requests, errors: 0, input_tokens: tokens, output_tokens: tokens };
  return { group, ...counts, cost_usd: null, p50_ms: ms, p95_ms: ms };
}

const SEVEN = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

test('a group keeps its colour when another overtakes it, and a new one gets a free colour', () => {
  const rows = (groups: readonly string[]) =>
    groups.map((group) => row(group, { requests: 1, tokens: null, ms: null }));
  const before = slotsOf(rows(SEVEN), new Map());
  expect(before.size).toBe(COLOURS);
  const after = slotsOf(rows(['g', 'b', 'a', 'd', 'e', 'f']), before);
  expect([after.get('a'), after.get('b'), after.get('g')]).toEqual([
    before.get('a'),
    before.get('b'),
    before.get('c'),
  ]);
});

test('without a request counts are 0 and durations unknown; unknown tokens stay unknown', () => {
  const at = (hours: number): { at: string } => ({ at: new Date(FROM + hours * HOUR_MS).toISOString() });
  const unknown = { requests: 2, tokens: null, ms: 5 };
  const usage = {
    from: new Date(FROM).toISOString(),
    to: new Date(FROM + 2.5 * HOUR_MS).toISOString(),
    group_by: 'node' as const,
    rows: [],
    buckets: [
      { ...at(1), ...row('a', unknown) },
      { ...at(1), ...row('y', { requests: 3, tokens: 7, ms: 1 }) },
      { ...at(1), ...row('z', unknown) },
    ],
  };
  const starts = startsOf(usage, HOUR_MS);
  expect(starts).toEqual([FROM, FROM + HOUR_MS, FROM + 2 * HOUR_MS]);
  const view = { usage, starts, grouping: 'node', range: RANGES.day, slots: new Map([['a', 0]]) } as const;
  const [requests, tokens, times] = (['requests', 'output_tokens', 'p95_ms'] as const).map((measure) =>
    valuesOf(view, measure),
  );
  expect([requests?.[0], requests?.[OTHERS]]).toEqual([
    [0, 2, 0],
    [0, 5, 0],
  ]);
  expect([tokens?.[0], tokens?.[OTHERS]]).toEqual([
    [0, null, 0],
    [0, 7, 0],
  ]);
  // Percentiles of several groups cannot be added.
  expect([times?.[0], times?.[OTHERS]]).toEqual([
    [null, 5, null],
    [null, null, null],
  ]);
});

test('a sum of unknown values is unknown, not 0', () => {
  expect([sum([null, null]), sum([]), sum([null, 2, 0])]).toEqual([null, null, 2]);
});
