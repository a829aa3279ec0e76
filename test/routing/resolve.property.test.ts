import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Capabilities } from '../../src/protocol/capabilities.ts';
import type { DeferralCode } from '../../src/routing/plan.ts';
import { resolve } from '../../src/routing/resolve.ts';
import type { LaneEntry, ModelEntry, NodeEntry } from '../../src/routing/snapshot.ts';
import { ask, deferralsOf, providerEntry, snapshotOf, type World } from '../support/snapshot.ts';

const IDS = ['near/a', 'near/b', 'single/c', 'single/d', 'cloud/e', 'cloud/f', 'nokey/g', 'gone/h'];
const id = fc.constantFrom(...IDS);
const ids = fc.array(id, { maxLength: 6 });
const MOODS: DeferralCode[] = [
  'unreachable',
  'breaker_open',
  'cooling_down',
  'loading',
  'key_refused',
  'missing',
];

const capabilities: fc.Arbitrary<Capabilities> = fc.record(
  {
    context_length: fc.constantFrom(100, 4_000),
    supports_tools: fc.boolean(),
    reasoning_strength: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: [] },
);
const model: fc.Arbitrary<Partial<ModelEntry>> = fc.record({
  capabilities,
  inList: fc.constantFrom(true, false, null),
  fallbacks: ids,
  kind: fc.constantFrom('chat' as const, 'chat' as const, 'embeddings' as const),
});
const override = id.map((one) => ({ model: one, reason: null, actor: 'local', at: '', expiresAt: null }));
const lane: fc.Arbitrary<Partial<LaneEntry>> = fc.record({
  override: fc.option(override, { nil: null }),
  preferred: ids,
  cloudFallback: ids,
  cloud: fc.boolean(),
});
const node: fc.Arbitrary<Partial<NodeEntry>> = fc.record({
  assignment: fc.oneof(
    id.map((one) => ({ model: one, lane: null })),
    fc.constantFrom('main', 'side').map((one) => ({ model: null, lane: one })),
  ),
  fallbacks: ids,
  cloud: fc.boolean(),
});
const world: fc.Arbitrary<World> = fc
  .record({
    models: fc.array(model, { minLength: IDS.length, maxLength: IDS.length }),
    main: lane,
    side: lane,
    work: node,
  })
  .map(({ models, main, side, work }) => ({
    providers: [
      providerEntry('single', { answersAnyName: true }),
      providerEntry('cloud', { local: false }),
      providerEntry('nokey', { local: false, missingKey: 'set NOKEY' }),
    ],
    models: Object.fromEntries(
      IDS.filter((one) => one !== 'gone/h').map((one, index) => [one, models[index] ?? {}]),
    ),
    lanes: { main, side },
    nodes: { work },
  }));
const request = fc
  .record({
    name: fc.constantFrom('work', 'lane:main', 'lane:side', null, 'near/a', 'cloud/e'),
    tokens: fc.constantFrom(10, 200, 9_000),
    tools: fc.boolean(),
    noFallback: fc.boolean(),
  })
  .map(({ name, tokens, tools, noFallback }) =>
    ask(name, { estimatedTokens: tokens, needs: tools ? ['tools'] : [] }, { noFallback }),
  );
const deferrals = fc.dictionary(id, fc.constantFrom(...MOODS));
const RUNS = { numRuns: 2_000 };

test('a plan never contains a target twice', () => {
  fc.assert(
    fc.property(world, request, deferrals, (made, asked, sick) => {
      const targets = resolve(asked, snapshotOf(made), deferralsOf(sick)).entries.map(
        ({ link }) => link.target.id,
      );
      expect(new Set(targets).size).toBe(targets.length);
    }),
    RUNS,
  );
});

test('the eligible targets come first, and none of them is excluded', () => {
  fc.assert(
    fc.property(world, request, deferrals, (made, asked, sick) => {
      const plan = resolve(asked, snapshotOf(made), deferralsOf(sick));
      for (const [index, entry] of plan.entries.entries()) {
        expect(entry.eligible).toBe(index < plan.eligible);
        const { target } = entry.link;
        const unusable =
          target.provider.missingKey !== null ||
          (target.provider.answersAnyName && target.inList === false) ||
          target.kind !== 'chat' ||
          (target.capabilities.supports_tools === false && asked.facts.needs.includes('tools')) ||
          0.75 * asked.facts.estimatedTokens > (target.capabilities.context_length ?? Infinity);
        if (unusable) expect(entry.eligible).toBe(false);
      }
    }),
    RUNS,
  );
});

test('deferrals reorder a plan and never shorten it', () => {
  fc.assert(
    fc.property(world, request, deferrals, (made, asked, sick) => {
      const tried = (health: Record<string, DeferralCode>): string[] => {
        const plan = resolve(
          { ...asked, headers: { ...asked.headers, noFallback: false } },
          snapshotOf(made),
          deferralsOf(health),
        );
        return plan.entries.slice(0, plan.eligible).map(({ link }) => link.target.id);
      };
      expect(tried(sick).toSorted()).toEqual(tried({}).toSorted());
    }),
    RUNS,
  );
});

test('ready targets come first, and within ready and deferred ones the configured order holds', () => {
  fc.assert(
    fc.property(world, request, deferrals, (made, asked, sick) => {
      const snapshot = snapshotOf(made);
      const configured = resolve(asked, snapshot, deferralsOf({})).entries.map(({ link }) => link.target.id);
      const plan = resolve(asked, snapshot, deferralsOf(sick));
      const eligible = plan.entries.slice(0, plan.eligible);
      const ready = eligible.filter(({ deferral }) => deferral === null).map(({ link }) => link.target.id);
      const deferred = eligible.filter(({ deferral }) => deferral !== null).map(({ link }) => link.target.id);
      expect(eligible.map(({ link }) => link.target.id)).toEqual([...ready, ...deferred]);
      for (const group of [ready, deferred]) {
        expect(group).toEqual(group.toSorted((a, b) => configured.indexOf(a) - configured.indexOf(b)));
      }
    }),
    RUNS,
  );
});

test('the order is a function of snapshot and health alone: a fresh equal snapshot gives the same plan', () => {
  fc.assert(
    fc.property(world, request, deferrals, (made, asked, sick) => {
      const once = resolve(asked, snapshotOf(made), deferralsOf(sick));
      const again = resolve(asked, snapshotOf(made), deferralsOf(sick));
      expect(again).toEqual(once);
    }),
    RUNS,
  );
});

test('a probe may defer a configured target but never removes it, except as "not served"', () => {
  fc.assert(
    fc.property(world, request, (made, asked) => {
      // Without fallbacks a model found by a probe may take the only place.
      const open = { ...asked, headers: { ...asked.headers, noFallback: false } };
      const before = resolve(open, snapshotOf(unprobed(made)), deferralsOf({}));
      const after = resolve(open, snapshotOf(made), deferralsOf({}));
      const verdict = new Map(after.entries.map((entry) => [entry.link.target.id, entry]));
      for (const entry of before.entries) {
        const later = verdict.get(entry.link.target.id);
        expect(later).toBeDefined();
        if (entry.eligible && later?.eligible === false) expect(later.code).toBe('not_served');
      }
    }),
    RUNS,
  );
});

/** The same world before any list was read: only what the configuration contains. */
function unprobed(made: World): World {
  const models = Object.entries(made.models ?? {}).map(([one, entry]) => [one, { ...entry, inList: null }]);
  return { ...made, models: Object.fromEntries(models) as NonNullable<World['models']> };
}
