import { describe, expect, it } from 'vitest';
import type { OverrideKey } from '../../src/protocol/assignment.ts';
import type { Store } from '../../src/store/store.ts';
import { auditOf, numberedSwitch, openForTest, temporaryFolder } from './harness.ts';

const EVERYBODYS: OverrideKey = { user: null, subject: 'evaluate' };
const second = (number: number): string => `2026-01-01T00:00:0${number}.000Z`;

/** Model and user of each override, in order. */
async function overridesOf(store: Store): Promise<(string | null)[][]> {
  return (await store.load()).overrides.map(({ user, subject, model }) => [user, subject, model]);
}

describe('overrides of users', () => {
  it('coexist with the global override of the same subject, and each is dropped separately', async () => {
    const directory = temporaryFolder();
    const first = await openForTest(directory);
    await first.assign(numberedSwitch(1));
    await first.assign(numberedSwitch(2, { user: 'ann' }));
    await first.assign(numberedSwitch(3, { user: 'bob' }));
    await first.assign(numberedSwitch(4, { user: 'ann' }));
    await first.assign(numberedSwitch(0, { user: 'bob', to: null, action: 'reset' }));
    await first.close();
    const store = await openForTest(directory);
    expect(await overridesOf(store)).toEqual([
      [null, 'evaluate', 'groq/model-1'],
      ['ann', 'evaluate', 'groq/model-4'],
    ]);
  });

  it('stay when all global ones are reset', async () => {
    const store = await openForTest(temporaryFolder());
    await store.assign(numberedSwitch(1));
    await store.assign(numberedSwitch(2, { subject: 'lane:coder' }));
    await store.assign(numberedSwitch(3, { user: 'ann' }));
    const reset = await store.resetAssignments({ actor: 'local', at: second(1), labels: {} });
    expect(reset).toEqual({ generation: 4, subjects: ['evaluate', 'lane:coder'] });
    expect(await overridesOf(store)).toEqual([['ann', 'evaluate', 'groq/model-3']]);
  });

  it('of a user with an empty name are rejected and never become global', async () => {
    const store = await openForTest(temporaryFolder());
    await expect(store.assign(numberedSwitch(1, { user: '' }))).rejects.toThrow('CHECK constraint failed');
    expect(await store.load()).toMatchObject({ generation: 0, overrides: [] });
  });
});

describe('overrides that expire', () => {
  it('are dropped once they have expired, also after a restart, in one generation, with an audit row each', async () => {
    const directory = temporaryFolder();
    const first = await openForTest(directory);
    await first.assign(numberedSwitch(1, { expiresAt: second(5) }));
    await first.assign(numberedSwitch(2, { user: 'ann', expiresAt: second(4) }));
    await first.assign(numberedSwitch(3, { subject: 'answer' }));
    await first.assign(numberedSwitch(4, { subject: 'later', expiresAt: second(9) }));
    await first.close();

    const store = await openForTest(directory);
    expect((await store.load()).overrides.map((override) => override.expiresAt)).toEqual([
      null,
      second(5),
      second(9),
      second(4),
    ]);
    expect(await store.expireAssignments({ at: second(3), labels: {} })).toEqual({
      generation: 4,
      expired: [],
    });
    const labels = {
      evaluate: { from: 'groq/model-1', to: 'groq/default' },
      'evaluate of ann': { from: 'groq/model-2', to: 'groq/everybodys' },
    };
    expect(await store.expireAssignments({ at: second(5), labels })).toEqual({
      generation: 5,
      expired: [EVERYBODYS, { user: 'ann', subject: 'evaluate' }],
    });
    expect((await overridesOf(store)).map(([, subject]) => subject)).toEqual(['answer', 'later']);
    await store.close();
    const row = { at: second(5), actor: 'expiry', action: 'expire', subject: 'evaluate' };
    expect(auditOf(directory).slice(4)).toMatchObject([
      { ...row, user: null, from: 'groq/model-1', to: 'groq/default' },
      { ...row, user: 'ann', from: 'groq/model-2', to: 'groq/everybodys' },
    ]);
  });

  it('are changed by a new expiry with the same target, and by removing the expiry', async () => {
    const store = await openForTest(temporaryFolder());
    await store.assign(numberedSwitch(1, { expiresAt: second(5) }));
    expect(await store.assign(numberedSwitch(1, { expiresAt: second(5) }))).toEqual({ generation: 1 });
    expect(await store.assign(numberedSwitch(1, { expiresAt: second(6) }))).toEqual({ generation: 2 });
    expect(await store.assign(numberedSwitch(1))).toEqual({ generation: 3 });
    expect((await store.expireAssignments({ at: second(9), labels: {} })).expired).toEqual([]);
  });
});

describe('undo', () => {
  /** Undoes the last step as the registry does; returns the previous override, or `nothing` when there is no step. */
  async function undo(store: Store, key: OverrideKey = EVERYBODYS): Promise<string | null> {
    const step = await store.lastStep(key, null);
    if (step === null) return 'nothing';
    const { before } = step;
    const to = before === null ? null : { model: before.model, lane: before.lane, settings: before.settings };
    await store.assign(numberedSwitch(0, { ...key, to, action: 'undo', undoes: step.seq }));
    return before?.model ?? null;
  }

  it('goes back one step with each call, never undoes an undo, and has an end', async () => {
    const store = await openForTest(temporaryFolder());
    expect(await undo(store)).toBe('nothing');
    for (const number of [1, 2, 3]) await store.assign(numberedSwitch(number));
    expect(await undo(store)).toBe('groq/model-2');
    expect(await undo(store)).toBe('groq/model-1');
    await store.assign(numberedSwitch(4));
    expect(await undo(store)).toBe('groq/model-1');
    expect(await undo(store)).toBeNull();
    expect(await overridesOf(store)).toEqual([]);
    expect(await undo(store)).toBe('nothing');
  });

  it('returns the complete previous override, also after a restart', async () => {
    const directory = temporaryFolder();
    const first = await openForTest(directory);
    await first.assign(numberedSwitch(1, { reason: 'faster', actor: 'admin', expiresAt: second(9) }));
    const before = (await first.load()).overrides[0];
    await first.assign(numberedSwitch(2, { to: { model: null, lane: 'coder', settings: null } }));
    await first.close();
    const store = await openForTest(directory);
    expect(await store.lastStep(EVERYBODYS, null)).toEqual({ seq: 2, before });
  });

  it('reverts a reset and an expiry like a switch', async () => {
    const store = await openForTest(temporaryFolder());
    await store.assign(numberedSwitch(1));
    await store.resetAssignments({ actor: 'local', at: second(1), labels: {} });
    expect(await undo(store)).toBe('groq/model-1');
    await store.assign(numberedSwitch(2, { expiresAt: second(2) }));
    await store.expireAssignments({ at: second(3), labels: {} });
    expect(await undo(store)).toBe('groq/model-2');
    expect(await undo(store)).toBe('groq/model-1');
  });

  it('of one user or subject does not touch another’s steps', async () => {
    const store = await openForTest(temporaryFolder());
    await store.assign(numberedSwitch(1));
    await store.assign(numberedSwitch(2, { user: 'ann' }));
    await store.assign(numberedSwitch(3, { user: 'ann' }));
    await store.assign(numberedSwitch(4, { subject: 'answer' }));
    const anns = { user: 'ann', subject: 'evaluate' };
    expect(await undo(store, anns)).toBe('groq/model-2');
    expect(await undo(store)).toBeNull();
    expect(await undo(store)).toBe('nothing');
    expect(await undo(store, anns)).toBeNull();
    expect(await overridesOf(store)).toEqual([[null, 'answer', 'groq/model-4']]);
  });

  it('reverts all steps after the one it names', async () => {
    const store = await openForTest(temporaryFolder());
    for (const number of [1, 2, 3]) await store.assign(numberedSwitch(number));
    const { seq = 0 } = (await store.lastStep(EVERYBODYS, 3)) ?? {};
    expect(seq).toBe(2);
    await store.assign(numberedSwitch(1, { action: 'undo', undoes: seq }));
    expect(await store.lastStep(EVERYBODYS, null)).toMatchObject({ seq: 1, before: null });
  });

  it('cannot undo the same step twice', async () => {
    const store = await openForTest(temporaryFolder());
    await store.assign(numberedSwitch(1));
    await store.assign(numberedSwitch(0, { to: null, action: 'undo', undoes: 1 }));
    const again = numberedSwitch(2, { action: 'undo', undoes: 1 });
    await expect(store.assign(again)).rejects.toThrow('UNIQUE constraint failed');
    expect((await store.load()).generation).toBe(2);
  });
});
