import { describe, expect, test } from 'vitest';

import { emptyPlanError, reasonOf } from '../../src/routing/reason.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { score, scoreParts } from '../../src/routing/score.ts';
import type { ModelEntry, Requirements } from '../../src/routing/snapshot.ts';
import { allHealthy, ask, providerEntry, snapshotOf, type World } from '../support/snapshot.ts';

const listed = { inList: true } as const;
const model = (over: Partial<ModelEntry>): ModelEntry => {
  const found = snapshotOf({ models: { 'x/m': over } }).models.get('x/m');
  if (found === undefined) throw new Error('no model');
  return found;
};

/** The targets of a small chat request to `main`: id, code and reason. */
function planOf(world: World, name = 'lane:main'): string[] {
  const plan = resolve(ask(name), snapshotOf(world), allHealthy);
  return plan.entries.map((entry) =>
    [entry.link.target.id, entry.code ?? 'ready', reasonOf(entry, plan.facts, 0) ?? ''].join(' | '),
  );
}

describe('a score', () => {
  const requirements: Requirements = { coding_strength: 0.5, context_length_min: 16_000 };

  test('is the sum of its parts', () => {
    const parts = scoreParts(
      model({
        capabilities: { coding_strength: 0.8, context_length: 32_000 },
        status: 'unloaded',
        price: { inputUsdPerMtok: 1, outputUsdPerMtok: 5 },
        memoryShortage: { kind: 'recommended', neededGb: 16, freeGb: 12, heldGb: 0 },
      }),
      requirements,
      undefined,
    );
    expect(parts.aboveRequirements).toBeCloseTo(0.32, 6);
    expect(parts).toMatchObject({ swapCost: -0.1, memory: -0.2, price: -0.02 });
  });

  test.each<[string, Partial<ModelEntry>]>([
    ['must be loaded first', { status: 'unloaded' }],
    [
      'has less memory than recommended',
      { memoryShortage: { kind: 'recommended', neededGb: 16, freeGb: 12, heldGb: 0 } },
    ],
    ['costs money', { price: { inputUsdPerMtok: 3, outputUsdPerMtok: 15 } }],
  ])('is lower for a model that %s', (_what, over) => {
    const scoreOf = (of: ModelEntry): number => score(of, requirements, undefined);
    expect(scoreOf(model(over))).toBeLessThan(scoreOf(model({})));
  });
});

describe('a lane with requirements alone', () => {
  const world: World = {
    models: {
      'near/weak': { ...listed, capabilities: { coding_strength: 0.3 } },
      'near/good': { ...listed, capabilities: { coding_strength: 0.7 } },
      'near/best': { ...listed, capabilities: { coding_strength: 0.9 } },
    },
    lanes: { main: { requirements: { coding_strength: 0.5 } } },
  };

  test('uses the best local model', () => {
    expect(planOf(world)).toEqual(['near/best | ready | ']);
  });

  test('passes over the best one while it does not fit into the free memory', () => {
    const models = { ...world.models };
    const best = {
      ...models['near/best'],
      memoryShortage: { kind: 'min', neededGb: 20, freeGb: 11.3, heldGb: 0 },
    } as const;
    expect(planOf({ ...world, models: { ...models, 'near/best': best } })).toEqual(['near/good | ready | ']);
  });

  test('prefers one that has as much memory as recommended', () => {
    const best = { ...world.models?.['near/best'], capabilities: { coding_strength: 0.75 } };
    const tight = {
      ...best,
      memoryShortage: { kind: 'recommended', neededGb: 20, freeGb: 11.3, heldGb: 0 },
    } as const;
    expect(planOf({ ...world, models: { ...world.models, 'near/best': best } })[0]).toContain('near/best');
    expect(planOf({ ...world, models: { ...world.models, 'near/best': tight } })[0]).toContain('near/good');
  });
});

describe('a preferred model', () => {
  test.each<[string, Requirements, ModelEntry['capabilities'], string]>([
    [
      'too weak',
      { coding_strength: 0.6 },
      { coding_strength: 0.4 },
      'coding_strength 0.4 is below 0.6, which the lane requires',
    ],
    [
      'too narrow',
      { context_length_min: 16_000 },
      { context_length: 4096 },
      'context of 4096 tokens is below 16000, which the lane requires',
    ],
    [
      'too large',
      { memory_gb_max: 8 },
      { memory_gb_estimate: 20 },
      'takes 20 GB of memory, more than 8 GB, which the lane allows',
    ],
    [
      'unable',
      { supports_tools: true },
      { supports_tools: false },
      'lacks supports_tools, which the lane requires',
    ],
  ])('that is %s is passed over, with the two values', (_what, requirements, capabilities, reason) => {
    const models = { 'a/m': { capabilities }, 'b/m': {} };
    expect(planOf({ models, lanes: { main: { preferred: ['a/m', 'b/m'], requirements } } })).toEqual([
      'b/m | ready | ',
      `a/m | unmet_requirement | ${reason}`,
    ]);
  });

  test('without known capabilities is used', () => {
    const lanes = {
      main: { preferred: ['a/m'], requirements: { coding_strength: 0.9, supports_tools: true } },
    };
    expect(planOf({ models: { 'a/m': {} }, lanes })).toEqual(['a/m | ready | ']);
  });

  test('that fails one lane still serves the default lane behind it', () => {
    const models = { 'a/m': { capabilities: { coding_strength: 0.1 } } };
    const lanes = {
      code: { preferred: ['a/m'], requirements: { coding_strength: 0.5 } },
      main: { preferred: ['a/m'] },
    };
    expect(planOf({ models, lanes }, 'lane:code')).toEqual(['a/m | ready | ']);
  });

  test('that an operator has switched the lane to is used whatever the requirements', () => {
    const override = { model: 'a/m', reason: null, actor: 'local', at: '', expiresAt: null };
    const models = { 'a/m': { capabilities: { coding_strength: 0.1 } } };
    const lanes = { main: { preferred: ['a/m'], requirements: { coding_strength: 0.5 }, override } };
    expect(planOf({ models, lanes })).toEqual(['a/m | ready | ']);
  });

  test('that does not fit into the memory is passed over with both numbers', () => {
    const memoryShortage = { kind: 'min', neededGb: 20, freeGb: 11.34, heldGb: 0 } as const;
    const world: World = {
      models: { 'a/m': { memoryShortage } },
      lanes: { main: { preferred: ['a/m'] } },
    };
    expect(planOf(world)).toEqual(['a/m | does_not_fit | needs 20 GB of memory, 11.3 GB are free']);
    const plan = resolve(ask('lane:main'), snapshotOf(world), allHealthy);
    expect(emptyPlanError(plan, 0)).toMatchObject({
      code: 'no_target',
      message: 'main: a/m passed over (needs 20 GB of memory, 11.3 GB are free)',
    });
  });

  test('shows its score by the requirements of its lane, a model by its own name none', () => {
    const snapshot = snapshotOf({
      providers: [providerEntry('a')],
      models: { 'a/m': { capabilities: { coding_strength: 0.9 } } },
      lanes: { main: { preferred: ['a/m'], requirements: { coding_strength: 0.6 } } },
    });
    const scoreOf = (name: string): number | null | undefined =>
      resolve(ask(name), snapshot, allHealthy).entries[0]?.link.score;
    expect([scoreOf('lane:main'), scoreOf('a/m')]).toEqual([0.3, null]);
  });
});
