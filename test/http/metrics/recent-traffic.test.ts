import { expect, test } from 'vitest';

import { RecentTraffic } from '../../../src/http/metrics/recent-traffic.ts';
import type { LedgerRow, RequestState } from '../../../src/protocol/ledger.ts';
import type { Snapshot } from '../../../src/routing/snapshot.ts';

const START = Date.parse('2026-01-01T12:00:00.000Z');

function traffic(nodes: Set<string>, lanes = new Set(['main'])): RecentTraffic {
  const snapshot = { nodes, lanes } as unknown as Snapshot;
  return new RecentTraffic({ snapshot: () => snapshot, wall: () => START });
}

function row(node: string | null, lane: string | null, state: RequestState = 'settled'): LedgerRow {
  return { node, lane, state, startedMs: START, durationMs: state === 'running' ? null : 10 } as LedgerRow;
}

test('the same states count as errors as in usage; a running request does not count', () => {
  const recent = traffic(new Set(['evaluate']));
  const states: RequestState[] = ['running', 'settled', 'partial', 'client_closed', 'failed', 'interrupted'];
  for (const state of states) recent.observe(row('evaluate', null, state));
  expect(recent.ofNode('evaluate')).toMatchObject({ requests: 5, errors: 3, p50Ms: 10 });
});

test('a request of a node on a lane counts for both, and nothing is known before the first', () => {
  const recent = traffic(new Set(['evaluate']));
  expect([recent.ofNode('evaluate'), recent.ofLane('main')]).toEqual([null, null]);
  recent.observe(row('evaluate', 'main'));
  recent.observe(row(null, 'main'));
  expect([recent.ofNode('evaluate')?.requests, recent.ofLane('main')?.requests]).toEqual([1, 2]);
  expect(recent.ofLane('evaluate')).toBeNull();
});

test('names that are not configured take no memory', () => {
  const recent = traffic(new Set());
  for (let index = 0; index < 1_000; index += 1) recent.observe(row(`made-up-${index}`, 'no-lane'));
  expect([recent.ofNode('made-up-0'), recent.ofLane('no-lane')]).toEqual([null, null]);
});

test('beyond 128 names further ones are not counted, until others are removed from the configuration', () => {
  const names = Array.from({ length: 129 }, (_, index) => `n${index}`);
  const nodes = new Set(names);
  const recent = traffic(nodes);
  for (const name of names) recent.observe(row(name, null));
  expect(recent.ofNode('n127')?.requests).toBe(1);
  expect(recent.ofNode('n128')).toBeNull();
  nodes.delete('n0');
  recent.observe(row('n128', null));
  expect([recent.ofNode('n128')?.requests, recent.ofNode('n0')]).toEqual([1, null]);
});
