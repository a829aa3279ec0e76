import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { EventHub, type EventReader } from '../../../src/http/events/event-hub.ts';
import { switchEvent } from '../../../src/http/events/sources.ts';
import type { AssignmentEvent } from '../../../src/registry/assignments/assignments.ts';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Seen {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

class Reader implements EventReader {
  readonly seen: Seen[] = [];
  ended = false;

  send(text: string): void {
    const [, id = '', event = '', data = ''] = /^id: (.+)\nevent: (.+)\ndata: (.+)\n\n$/.exec(text) ?? [];
    this.seen.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
  }

  end(): void {
    this.ended = true;
  }

  get ids(): string[] {
    return this.seen.map(({ id }) => id);
  }
}

function hubOf(): EventHub {
  return new EventHub({ runId: 'k3x', now: () => performance.now() });
}

function row(id: string, changes: Partial<LedgerRow> = {}): LedgerRow {
  return {
    ...{ id, state: 'settled', startedMs: Date.UTC(2026, 0), durationMs: 12, wire: 'openai-chat' },
    ...{ endpoint: '/v1/chat/completions', requested: 'auto', node: null, lane: 'main', target: 'a/m' },
    ...{
      generation: 1,
      user: null,
      rule: null,
      clientRequestId: null,
      stream: false,
      status: 200,
      attempts: [],
    },
    ...{
      inputTokens: 1,
      outputTokens: 1,
      cachedInputTokens: null,
      reasoningTokens: null,
      usageEstimated: false,
    },
    ...{ phases: '[]', plan: '[]', warnings: '[]', error: null },
    ...changes,
  };
}

test('a reader receives events from now on, each with its id', () => {
  const hub = hubOf();
  const reader = new Reader();
  hub.publish('config', { generation: 1 });
  hub.subscribe(null, reader);
  hub.publish('health', { provider: 'a', answers: false });
  expect(reader.seen).toEqual([{ id: 'k3x-2', event: 'health', data: { provider: 'a', answers: false } }]);
});

test('a reader that reconnects receives the missed events, in order, once', () => {
  const hub = hubOf();
  for (let count = 1; count <= 5; count += 1) hub.publish('health', { count });
  const reader = new Reader();
  hub.subscribe('k3x-3', reader);
  hub.publish('health', { count: 6 });
  expect(reader.ids).toEqual(['k3x-4', 'k3x-5', 'k3x-6']);
});

test.each(['other-3', 'k3x', 'k3x-', 'k3x-2x', '3', '-', 'k3x--3'])(
  'the id "%s" is not of this run: all kept events are sent',
  (id) => {
    const hub = hubOf();
    for (let count = 1; count <= 4; count += 1) hub.publish('health', { count });
    const reader = new Reader();
    hub.subscribe(id, reader);
    expect(reader.ids).toEqual(['k3x-1', 'k3x-2', 'k3x-3', 'k3x-4']);
  },
);

test('the last 200 events are kept and no more', () => {
  const hub = hubOf();
  for (let count = 1; count <= 450; count += 1) hub.publish('health', { count });
  const reader = new Reader();
  hub.subscribe('', reader);
  expect(reader.seen.length).toBe(200);
  expect(reader.ids[0]).toBe('k3x-251');
  expect(reader.ids.at(-1)).toBe('k3x-450');
});

test('traffic alone never evicts a switch', () => {
  const hub = hubOf();
  hub.subscribe(null, new Reader());
  hub.publish('switch', { switch_id: 'sw_1' });
  for (let count = 0; count < 1_000; count += 1) {
    hub.publishRequest(row(`req_${count}`));
    vi.advanceTimersByTime(250);
  }
  hub.publish('config', { generation: 2 });
  const late = new Reader();
  hub.subscribe('another-1', late);
  expect(late.seen.filter(({ event }) => event !== 'request').map(({ event }) => event)).toEqual([
    'switch',
    'config',
  ]);
  expect(late.seen.length).toBe(200);
  for (let count = 0; count < 250; count += 1) hub.publish('health', { count });
  const later = new Reader();
  hub.subscribe('another-1', later);
  // The latest requests are kept, within their share.
  expect(later.seen.filter(({ event }) => event === 'request').length).toBeLessThanOrEqual(50);
});

test('without readers nothing is collected, serialised or timed', () => {
  const hub = hubOf();
  const toJSON = vi.fn(() => ({}));
  hub.publish('health', { toJSON });
  hub.publishRequest(row('req_1'));
  expect(vi.getTimerCount()).toBe(0);
  expect(toJSON).not.toHaveBeenCalled();
  const reader = new Reader();
  const stop = hub.subscribe('another-1', reader);
  expect(reader.seen.map(({ event }) => event)).toEqual(['health']);
  hub.publishRequest(row('req_2'));
  stop();
  expect(vi.getTimerCount()).toBe(0);
  expect(hub.readers).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(reader.seen.length).toBe(1);
});

test('an event is serialised once, however many readers there are', () => {
  const hub = hubOf();
  for (let count = 0; count < 10; count += 1) hub.subscribe(null, new Reader());
  const toJSON = vi.fn(() => ({}));
  hub.publish('health', { toJSON });
  expect(toJSON).toHaveBeenCalledTimes(1);
});

test('requests are sent in batches, at most 4 a second, the first at once', () => {
  const hub = hubOf();
  const reader = new Reader();
  hub.subscribe(null, reader);
  hub.publishRequest(row('req_0'));
  vi.advanceTimersByTime(1);
  expect(reader.seen.map(({ data }) => data)).toMatchObject([
    { requests: [{ id: 'req_0', state: 'settled', attempts: 0, duration_ms: 12, target: 'a/m' }] },
  ]);
  for (let count = 1; count <= 100; count += 1) {
    hub.publishRequest(row(`req_${count}`));
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(250);
  expect(reader.seen.length).toBeLessThanOrEqual(6);
  const ids = reader.seen.flatMap(({ data }) => (data['requests'] as { id: string }[]).map(({ id }) => id));
  expect(ids).toEqual(Array.from({ length: 101 }, (_, index) => `req_${index}`));
});

test('running requests are not published; a flood is its first fifty and a count', () => {
  const hub = hubOf();
  const reader = new Reader();
  hub.subscribe(null, reader);
  hub.publishRequest(row('req_r', { state: 'running' }));
  vi.advanceTimersByTime(1_000);
  expect(reader.seen).toEqual([]);
  for (let count = 0; count < 5_000; count += 1) hub.publishRequest(row(`req_${count}`));
  vi.advanceTimersByTime(1_000);
  expect(reader.seen.length).toBe(1);
  expect(reader.seen[0]?.data['requests']).toHaveLength(50);
  expect(reader.seen[0]?.data['omitted']).toBe(4_950);
});

test('closing ends every reader, and later ones at once', () => {
  const hub = hubOf();
  const [reader, late] = [new Reader(), new Reader()];
  hub.subscribe(null, reader);
  hub.publishRequest(row('req_1'));
  hub.close();
  hub.subscribe(null, late);
  hub.publish('health', {});
  expect([reader.ended, late.ended]).toEqual([true, true]);
  expect([reader.seen.length, late.seen.length, hub.readers, vi.getTimerCount()]).toEqual([0, 0, 0, 0]);
});

test('a switch event contains the actor, the subject, the user, and the old and new target', () => {
  const event: AssignmentEvent = {
    key: { user: 'ann', subject: 'lane:main' },
    ...{ from: null, to: 'a/m', actor: 'local', reason: 'cheaper', generation: 14 },
    action: 'switch',
  };
  const data = {
    ...{ kind: 'assignment', state: 'done', progress: 1, node: 'lane:main', user: 'ann' },
    ...{ from: null, to: 'a/m', actor: 'local', reason: 'cheaper', generation: 14 },
  };
  expect(switchEvent(event)).toEqual({ switch_id: 'sw_14', ...data });
  expect(switchEvent({ ...event, switchId: 'sw_abc' })).toEqual({ switch_id: 'sw_abc', ...data });
});
