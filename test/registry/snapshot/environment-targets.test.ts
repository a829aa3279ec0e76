import { expect, test } from 'vitest';

import type { LaneEntry } from '../../../src/routing/snapshot.ts';
import { exclusion } from '../../../src/routing/eligible.ts';
import { PLAIN_CHAT } from '../../../src/protocol/facts.ts';
import { benchOf, configOf, BASE_CONFIG, listed, listing, planOf, type Bench } from '../harness.ts';

/** A gateway whose environment sets the URL of a llama-server, or of another server, as the target of lane `main`. */
async function benchWith(variables: Readonly<Record<string, string>>): Promise<Bench> {
  return benchOf(await configOf(BASE_CONFIG, variables));
}

const LLAMA = { LANEWAY_LANE_MAIN_URL: 'http://127.0.0.1:9', LANEWAY_LANE_MAIN_BACKEND: 'llama_cpp' };
const OPENAI = { LANEWAY_LANE_MAIN_URL: 'http://127.0.0.1:9/v1', LANEWAY_LANE_MAIN_BACKEND: 'openai' };
const named = { LANEWAY_LANE_MAIN_MODEL: 'Some-Name' };

const environmentTarget = (bench: Bench): LaneEntry['environmentTarget'] =>
  bench.registry.lane('main').environmentTarget;

test('a target from the environment leads its lane before its server’s list is known', async () => {
  const llama = await benchWith({ ...LLAMA, ...named });
  expect(planOf('auto', llama.registry.snapshot)).toEqual([
    'preferred env-main/Some-Name',
    'preferred near/a',
  ]);
  const nameless = await benchWith(LLAMA);
  expect(planOf('auto', nameless.registry.snapshot)[0]).toBe('preferred env-main/*');
  const openai = await benchWith({ ...OPENAI, ...named });
  expect(planOf('auto', openai.registry.snapshot)[0]).toBe('preferred env-main/Some-Name');
});

test('a single-model llama-server gets the id of its model, whatever the environment calls it', async () => {
  const bench = await benchWith({ ...LLAMA, ...named });
  bench.registry.applyListing('env-main', listing(['real.gguf'], { singleModel: true }));
  expect(planOf('auto', bench.registry.snapshot)[0]).toBe('preferred env-main/real.gguf');
  expect(bench.warnings).toHaveLength(1);
  expect(bench.warnings[0]).toMatch(/main.*Some-Name.*real\.gguf/);
  bench.registry.applyListing('env-main', listing(['real.gguf'], { singleModel: true }));
  expect(bench.warnings).toHaveLength(1);
});

test('another spelling of the same file causes no warning', async () => {
  const bench = await benchWith({ ...LLAMA, LANEWAY_LANE_MAIN_MODEL: '/models/Real.gguf' });
  bench.registry.applyListing('env-main', listing(['real'], { singleModel: true }));
  expect(planOf('auto', bench.registry.snapshot)[0]).toBe('preferred env-main/real');
  expect(bench.warnings).toEqual([]);
});

test('a wrong name in the environment creates no model', async () => {
  const bench = await benchWith({ ...LLAMA, ...named });
  bench.registry.applyListing('env-main', listing(['real.gguf'], { singleModel: true }));
  expect(bench.registry.snapshot.models.has('env-main/Some-Name')).toBe(false);
  expect(() => planOf('env-main/Some-Name', bench.registry.snapshot)).toThrow(/unknown model/);
});

test('a request that waited for the list is sent to the listed model', async () => {
  const bench = await benchWith({ ...LLAMA, ...named });
  const waiting = environmentTarget(bench);
  if (waiting === null) throw new Error('no front in this test');
  expect(bench.registry.current(waiting).upstreamId).toBe('Some-Name');
  bench.registry.applyListing('env-main', listing(['real.gguf'], { singleModel: true }));
  expect(bench.registry.current(waiting)).toMatchObject({
    id: 'env-main/real.gguf',
    upstreamId: 'real.gguf',
  });
});

test('a llama-server that was restarted with another model gets that model’s id', async () => {
  const bench = await benchWith(LLAMA);
  bench.registry.applyListing('env-main', listing(['old.gguf'], { singleModel: true }));
  const waiting = environmentTarget(bench);
  if (waiting === null) throw new Error('no front in this test');
  bench.registry.applyListing('env-main', listing(['new.gguf'], { singleModel: true }));
  expect(bench.registry.current(waiting).id).toBe('env-main/new.gguf');
  expect(planOf('auto', bench.registry.snapshot)[0]).toBe('preferred env-main/new.gguf');
});

test('without a model in the environment the only listed one is used; with none or several, none is', async () => {
  const bench = await benchWith(OPENAI);
  const waiting = environmentTarget(bench);
  if (waiting === null) throw new Error('no front in this test');
  const vectors = listed('vectors', { kind: 'embeddings' });
  bench.registry.applyListing('env-main', { models: [listed('only'), vectors], singleModel: false });
  expect(planOf('auto', bench.registry.snapshot)[0]).toBe('preferred env-main/only');
  for (const [ids, told] of [
    [['one', 'two'], '2 models'],
    [[], 'no model'],
  ] as const) {
    bench.registry.applyListing('env-main', listing(ids));
    expect(environmentTarget(bench)).toBeNull();
    expect(bench.warnings.at(-1)).toContain(told);
    // A request that waited for the list skips it.
    expect(exclusion(bench.registry.current(waiting), PLAIN_CHAT, true)).toBe('not_served');
  }
});

test('the warning about several models names some of them, and the variable to set', async () => {
  const bench = await benchWith(OPENAI);
  bench.registry.applyListing('env-main', listing(['one', 'two', 'three', 'four', 'five', 'six']));
  const warning = bench.warnings.at(-1);
  expect(warning).toContain('6 models (one, two, three, four, five, …)');
  expect(warning).toContain('set LANEWAY_LANE_MAIN_MODEL to one of them');
});

test('a server with several models gets the one named in the environment', async () => {
  const bench = await benchWith({ ...LLAMA, ...named });
  bench.registry.applyListing('env-main', listing(['other', 'Some-Name.gguf']));
  expect(environmentTarget(bench)).toMatchObject({
    id: 'env-main/Some-Name',
    upstreamId: 'Some-Name.gguf',
    inList: true,
  });
  expect(bench.warnings).toEqual([]);
  bench.registry.applyListing('env-main', listing(['other', 'another']));
  expect(planOf('auto', bench.registry.snapshot)[0]).toBe('preferred near/a');
  expect(planOf('auto', bench.registry.snapshot)).toContain('preferred env-main/Some-Name');
});

test('the override of a lane precedes its target from the environment', async () => {
  const bench = await benchWith({ ...OPENAI, ...named });
  const note = { reason: null, actor: 'local', expiresAt: null };
  await bench.registry.assign({ user: null, subject: 'lane:main' }, { model: 'near/c', lane: null }, note);
  expect(planOf('auto', bench.registry.snapshot).slice(0, 2)).toEqual([
    'assigned near/c',
    'preferred env-main/Some-Name',
  ]);
});
