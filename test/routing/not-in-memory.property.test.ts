import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { HealthView, Plan } from '../../src/routing/plan.ts';
import type { ModelResidency } from '../../src/routing/residency.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { score } from '../../src/routing/score.ts';
import type { LaneEntry, ModelEntry } from '../../src/routing/snapshot.ts';
import { ask, deferralsOf, providerEntry, snapshotOf, type World } from '../support/snapshot.ts';

const IDS = ['near/a', 'near/b', 'near/c', 'near/d', 'cloud/e'];
const ids = fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 4 });
const lane: fc.Arbitrary<Partial<LaneEntry>> = fc
  .record({ preferred: ids, cloudFallback: ids, waits: fc.boolean() })
  .map(({ waits, ...rest }) => (waits ? { ...rest, waitWhileLoading: true as const } : rest));
const model: fc.Arbitrary<Partial<ModelEntry>> = fc.record({
  inList: fc.constantFrom(true, null),
  status: fc.constantFrom('loaded' as const, 'unloaded' as const, null),
  capabilities: fc.record({ coding_strength: fc.double({ min: 0, max: 1, noNaN: true }) }),
});
const world: fc.Arbitrary<World> = fc
  .record({
    models: fc.array(model, { minLength: IDS.length, maxLength: IDS.length }),
    main: lane,
    side: lane,
  })
  .map(({ models, main, side }) => ({
    providers: [providerEntry('cloud', { local: false })],
    models: Object.fromEntries(IDS.map((id, index) => [id, models[index] ?? {}])),
    lanes: { main, side },
  }));
const residency: fc.Arbitrary<ModelResidency> = fc.record({
  resident: fc.boolean(),
  loadMs: fc.integer({ min: 0, max: 300_000 }),
  waits: fc.boolean(),
  startsServer: fc.constant(false),
});
const loaded = fc.dictionary(fc.constantFrom('near/a', 'near/b', 'near/c', 'near/d'), residency);
const sick = fc.dictionary(
  fc.constantFrom(...IDS),
  fc.constantFrom('unreachable' as const, 'loading' as const),
);
const health: fc.Arbitrary<HealthView> = fc
  .record({ loaded, sick, waiting: fc.nat(9) })
  .map(({ loaded: models, sick: deferrals, waiting }) => ({
    ...deferralsOf(deferrals),
    residency: new Map(Object.entries(models)),
    loadState: () => ({ leaving: false, waiting, progress: null, remainingMs: null }),
  }));
const name = fc.constantFrom('lane:main', 'lane:side', 'near/a', 'cloud/e');
const RUNS = { numRuns: 2_000 };

const targets = ({ entries }: Pick<Plan, 'entries'>): string[] => entries.map(({ link }) => link.target.id);

test('what is in memory is never seen in another order than the configured one, and nothing is left out', () => {
  fc.assert(
    fc.property(world, name, health, (made, asked, view) => {
      const plan = resolve(ask(asked), snapshotOf(made), view);
      expect(targets(plan).toSorted()).toEqual(plan.links.map(({ target }) => target.id).toSorted());
      const configured = plan.links.map(({ target }) => target.id);
      for (const isReady of [true, false]) {
        const group = plan.entries.filter(({ deferral }) => (deferral === null) === isReady);
        const order = group.map(({ link }) => configured.indexOf(link.target.id));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
    }),
    RUNS,
  );
});

test('nobody is sent to a model that must be loaded while another can answer, unless requests wait for it', () => {
  fc.assert(
    fc.property(world, name, health, (made, asked, view) => {
      const plan = resolve(ask(asked), snapshotOf(made), view);
      const mustLoad = plan.entries.filter(
        ({ link, code }) => link.residency?.resident === false && (code === null || code === 'loading'),
      );
      for (const entry of mustLoad) {
        const waits =
          plan.lane === null || plan.lane.waitWhileLoading === true || entry.link.residency?.waits;
        if (waits !== true) expect(entry.deferral?.code).toBe('loading');
      }
      if (plan.entries.some(({ code }) => code === null)) expect(plan.entries[0]?.deferral).toBeNull();
    }),
    RUNS,
  );
});

test('what is passed over is deferred for its load and comes before the target that is used instead', () => {
  fc.assert(
    fc.property(world, name, health, (made, asked, view) => {
      const { passedOver, entries, links } = resolve(ask(asked), snapshotOf(made), view);
      const placeOf = (id: string | undefined): number => links.findIndex(({ target }) => target.id === id);
      for (const { link, code } of passedOver) {
        expect([code, link.residency?.resident]).toEqual(['loading', false]);
        expect(placeOf(link.target.id)).toBeLessThan(placeOf(entries[0]?.link.target.id));
      }
    }),
    RUNS,
  );
});

test('a plan depends on what is in memory now, and not on what was before under the same snapshot', () => {
  fc.assert(
    fc.property(world, name, health, health, (made, asked, before, now) => {
      const used = snapshotOf(made);
      resolve(ask(asked), used, before);
      expect(resolve(ask(asked), used, now)).toEqual(resolve(ask(asked), snapshotOf(made), now));
    }),
    RUNS,
  );
});

test('with all models in memory a plan is ordered as if nothing were known of memory', () => {
  fc.assert(
    fc.property(world, name, sick, (made, asked, deferrals) => {
      const all = new Map(
        IDS.map((id) => [id, { resident: true, loadMs: 9_000, waits: false, startsServer: false }]),
      );
      // What a list says of a model does not count where Laneway loads it.
      const listed = Object.entries(made.models ?? {}).map(([id, each]) => [id, { ...each, status: null }]);
      const unlisted = { ...made, models: Object.fromEntries(listed) as NonNullable<World['models']> };
      const plan = resolve(ask(asked), snapshotOf(made), { ...deferralsOf(deferrals), residency: all });
      expect(targets(plan)).toEqual(
        targets(resolve(ask(asked), snapshotOf(unlisted), deferralsOf(deferrals))),
      );
    }),
    RUNS,
  );
});

test('a longer load never raises a score, and a model in memory has none of it', () => {
  const [entry] = snapshotOf({ models: { 'near/a': { status: 'unloaded' } } }).models.values();
  if (entry === undefined) throw new Error('no model');
  fc.assert(
    fc.property(residency, fc.nat(100_000), (known, more) => {
      const of = (over: Partial<ModelResidency>): number => score(entry, {}, { ...known, ...over });
      expect(of({ resident: false, loadMs: known.loadMs + more })).toBeLessThanOrEqual(
        of({ resident: false }),
      );
      expect(of({ resident: true })).toBe(0);
    }),
    RUNS,
  );
});
