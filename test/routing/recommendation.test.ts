import { expect, test } from 'vitest';

import { recommend, type Comparison, type MeasuredModel } from '../../src/routing/recommendation.ts';
import type { ModelEntry } from '../../src/routing/snapshot.ts';
import { providerEntry, snapshotOf } from '../support/snapshot.ts';

interface Figures {
  readonly attempts?: number;
  readonly failures?: number;
  readonly p50Ms?: number | null;
  readonly model?: Partial<ModelEntry>;
}

function measured(
  id: string,
  { attempts = 100, failures = 0, p50Ms = 1000, model = {} }: Figures,
): MeasuredModel {
  const providers = [providerEntry('sky', { local: false }), providerEntry('near')];
  const found = snapshotOf({ providers, models: { [id]: model } }).models.get(id);
  if (found === undefined) throw new Error('no model');
  return { model: found, attempts, failures, p50Ms };
}

function compare(
  current: Figures,
  other: Figures,
  over: Partial<Comparison> = {},
): ReturnType<typeof recommend> {
  return recommend({
    kind: 'chat',
    current: measured('sky/now', current),
    others: [measured('sky/other', other)],
    days: 7,
    ...over,
  });
}

test('a faster model with fewer errors is recommended, with both figures of both', () => {
  const { model, reason } = compare(
    { p50Ms: 1630, attempts: 200, failures: 6 },
    { p50Ms: 410, attempts: 500, failures: 1 },
  );
  expect(model?.model.id).toBe('sky/other');
  expect(reason).toBe(
    'sky/other instead of sky/now: p50 410 ms against 1,630 ms, 0.2 % errors against 3 %, same capabilities ' +
      '(from 500 and 200 requests of the last 7 days)',
  );
});

test('a cheaper model that is as good is recommended, a dearer one is not', () => {
  const dear = { model: { price: { inputUsdPerMtok: 3, outputUsdPerMtok: 15 } } };
  const cheap = { model: { price: { inputUsdPerMtok: 0.1, outputUsdPerMtok: 0.5 } } };
  expect(compare(dear, cheap).reason).toContain('0.20 $ against 6.00 $ for a million tokens');
  expect(compare({ ...cheap, p50Ms: 5000 }, { ...dear, p50Ms: 100 }).model).toBeNull();
});

test.each<[string, Figures]>([
  ['slower', { p50Ms: 1200, failures: 0 }],
  ['as good', { failures: 10 }],
  ['faster, but fails more often', { p50Ms: 100, failures: 12 }],
  ['faster, but cannot use tools', { p50Ms: 100, model: { capabilities: { supports_tools: false } } }],
  ['faster, but has a smaller window', { p50Ms: 100, model: { capabilities: { context_length: 4096 } } }],
  ['faster, but weaker', { p50Ms: 100, model: { capabilities: { coding_strength: 0.3 } } }],
])('a model that is %s is not recommended', (_what, other) => {
  const capabilities = { supports_tools: true, context_length: 32_000, coding_strength: 0.8 };
  const { model, reason } = compare({ failures: 10, model: { capabilities } }, other);
  expect(model).toBeNull();
  expect(reason).toMatch(/clearly better|can do what/);
});

test('too few requests of either are no ground for a recommendation, and the reason counts them', () => {
  const fast = { p50Ms: 10 };
  expect(compare({ attempts: 19 }, fast).reason).toBe(
    'sky/now had 19 requests in the last 7 days; at least 20 are needed',
  );
  expect(compare({}, { ...fast, attempts: 3 }).reason).toBe(
    'no other model has 20 requests: sky/other had 3 requests in the last 7 days',
  );
  expect(compare({}, { attempts: 30, p50Ms: null }).reason).toContain('none of them answered');
});

test('the best of several is recommended', () => {
  const others = [
    measured('sky/fast', { p50Ms: 500 }),
    measured('sky/fastest', { p50Ms: 100 }),
    measured('sky/faulty', { p50Ms: 50, failures: 30 }),
  ];
  expect(compare({}, {}, { others }).model?.model.id).toBe('sky/fastest');
});

test('vectors of another model are never recommended', () => {
  const { model, reason } = compare({}, { p50Ms: 1 }, { kind: 'embeddings' });
  expect([model, reason]).toEqual([
    null,
    'vectors of different models cannot be compared, so no other model is recommended',
  ]);
});

test('without a target or without others there is nothing to compare', () => {
  expect(compare({}, {}, { current: null }).reason).toBe('there is no target now');
  expect(compare({}, {}, { others: [] }).reason).toBe('no other available model can do what sky/now does');
});
