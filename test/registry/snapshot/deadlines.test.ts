import { expect, test } from 'vitest';

import { deadlinesInMs } from '../../../src/registry/snapshot/deadlines.ts';

test('a local server has 600 s for its first token where nothing is configured, a cloud provider 120 s', () => {
  const deadlines = deadlinesInMs({ connect_s: 5, first_token_s: null, idle_s: 300, total_s: 3600 });
  expect(deadlines).toMatchObject({ connectMs: 5_000, firstTokenMs: 120_000, idleMs: 300_000 });
  expect(deadlines.local).toEqual({ ...deadlines.local, connectMs: 5_000, firstTokenMs: 600_000 });
});

test('a configured time for the first token holds for every provider, in fractions of a second too', () => {
  const deadlines = deadlinesInMs({ connect_s: 5, first_token_s: 0.5, idle_s: 300, total_s: 3600 });
  expect([deadlines.firstTokenMs, deadlines.local.firstTokenMs]).toEqual([500, 500]);
});
