import { expect, test } from 'vitest';

import { resolve } from '../../src/routing/resolve.ts';
import { allHealthy, ask, snapshotOf } from '../support/snapshot.ts';

const small = { capabilities: { context_length: 4_096, max_output_tokens: 1_024 } };
const large = { capabilities: { context_length: 1_000_000 } };

const snapshot = snapshotOf({
  models: { 'near/small': small, 'dear/large': large, 'near/spare': { ...small, fallbacks: ['dear/large'] } },
  lanes: {
    main: { preferred: ['near/small', 'near/spare'], cloudFallback: ['dear/large'] },
    reader: { preferred: ['dear/large'] },
  },
  nodes: {
    step: { assignment: { model: 'near/small', lane: null } },
    on_lane: { assignment: { model: null, lane: 'main' } },
  },
  deepIngest: { lane: 'reader', overTokens: 1_000, overBytes: null, repositories: false },
});

function order(name: string | null, estimatedTokens: number, maxOutputTokens: number | null): string[] {
  const plan = resolve(ask(name, { estimatedTokens, maxOutputTokens }), snapshot, allHealthy);
  return [
    `${plan.rule ?? 'no rule'}`,
    ...plan.entries.map(({ link, code }) => `${link.target.id} ${code ?? ''}`),
  ];
}

test.each([null, 'lane:main', 'step', 'on_lane', 'near/small', 'near/spare'])(
  'an output limit of any size changes neither order nor rule of a request for %j',
  (name) => {
    for (const input of [10, 900]) {
      const without = order(name, input, null);
      for (const limit of [1, 1_024, 4_096, 32_000, 10_000_000])
        expect(order(name, input, limit)).toEqual(without);
    }
  },
);

test('the input alone moves a request to the lane for large ones', () => {
  expect(order('lane:main', 1_001, null)[0]).toBe('deep_ingest');
  expect(order('lane:main', 1_000, 10_000_000)[0]).toBe('no rule');
});
