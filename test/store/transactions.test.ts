import { describe, expect, it } from 'vitest';
import type { ResetChange } from '../../src/protocol/assignment.ts';
import { AT, auditOf, configuration, numberedSwitch, openForTest, temporaryFolder } from './harness.ts';

const UNIMPLEMENTED = '2026-01-02T00:00:00.000Z';

function reset(labels: ResetChange['labels'] = {}): ResetChange {
  return { actor: 'local', at: UNIMPLEMENTED, labels };
}

describe('a switch', () => {
  it('survives a restart with actor, reason and time, and is replaced by a later one', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    await store.assign(numberedSwitch(1));
    const lane = {
      to: { model: null, lane: 'coder', settings: null },
      toLabel: 'lane:coder',
      reason: 'cheaper',
      actor: 'admin',
      at: UNIMPLEMENTED,
    };
    await store.assign(numberedSwitch(2, lane));
    await store.assign(numberedSwitch(3, { subject: 'answer' }));
    await store.close();

    const { overrides, generation } = await (await openForTest(directory)).load();
    expect(generation).toBe(3);
    expect(overrides).toEqual([
      {
        ...{
          user: null,
          subject: 'answer',
          model: 'groq/model-3',
          lane: null,
          settings: null,
          expiresAt: null,
        },
        ...{ reason: null, actor: 'local', at: AT },
      },
      {
        ...{ user: null, subject: 'evaluate', model: null, lane: 'coder', settings: null, expiresAt: null },
        ...{ reason: 'cheaper', actor: 'admin', at: UNIMPLEMENTED },
      },
    ]);
  });

  it('makes one generation and one audit row', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    expect(await store.assign(numberedSwitch(1, { reason: 'faster' }))).toEqual({ generation: 1 });
    expect(await store.assign(numberedSwitch(2))).toEqual({ generation: 2 });
    await store.close();
    expect(auditOf(directory)).toMatchObject([
      {
        ...{ seq: 1, at: AT, actor: 'local', action: 'switch', subject: 'evaluate', reason: 'faster' },
        ...{ from: 'groq/model-0', to: 'groq/model-1' },
      },
      {
        ...{ seq: 2, at: AT, actor: 'local', action: 'switch', subject: 'evaluate', reason: null },
        ...{ from: 'groq/model-1', to: 'groq/model-2' },
      },
    ]);
  });

  it('to the current target changes nothing, whatever the actor; with a new reason it is a change', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    await store.assign(numberedSwitch(1, { reason: 'faster' }));
    expect(await store.assign(numberedSwitch(1, { reason: 'faster', actor: 'admin' }))).toEqual({
      generation: 1,
    });
    expect(await store.assign(numberedSwitch(1, { reason: 'cheaper' }))).toEqual({ generation: 2 });
    expect(await store.assign(numberedSwitch(1, { reason: null }))).toEqual({ generation: 3 });
    await store.close();
    expect(auditOf(directory).map((entry) => entry.reason)).toEqual(['faster', 'cheaper', null]);
  });

  it('back to the default drops the override; without one it changes nothing', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    const back = numberedSwitch(2, { to: null, action: 'reset', toLabel: 'groq/default' });
    expect(await store.assign(back)).toEqual({ generation: 0 });
    await store.assign(numberedSwitch(1));
    expect(await store.assign(back)).toEqual({ generation: 2 });
    expect(await store.assign(back)).toEqual({ generation: 2 });
    expect((await store.load()).overrides).toEqual([]);
    await store.close();
    expect(auditOf(directory).map((entry) => [entry.action, entry.to])).toEqual([
      ['switch', 'groq/model-1'],
      ['reset', 'groq/default'],
    ]);
  });

  it('with both a model and a lane is rejected', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    const both = numberedSwitch(1, { to: { model: 'groq/model-1', lane: 'coder', settings: null } });
    await expect(store.assign(both)).rejects.toThrow('CHECK constraint failed');
    expect(await store.load()).toMatchObject({ generation: 0, overrides: [] });
    await store.close();
    expect(auditOf(directory)).toEqual([]);
  });
});

describe('a reset of all nodes', () => {
  it('drops every override in one generation, with an audit row for each', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    await store.assign(numberedSwitch(1));
    await store.assign(
      numberedSwitch(2, { subject: 'answer', to: { model: null, lane: 'coder', settings: null } }),
    );
    const labels = { evaluate: { from: 'groq/model-1', to: 'groq/default' } };
    expect(await store.resetAssignments(reset(labels))).toEqual({
      generation: 3,
      subjects: ['answer', 'evaluate'],
    });
    expect((await store.load()).overrides).toEqual([]);
    await store.close();
    expect(auditOf(directory).slice(2)).toMatchObject([
      { at: UNIMPLEMENTED, action: 'reset', subject: 'answer', from: 'lane:coder', to: null },
      { at: UNIMPLEMENTED, action: 'reset', subject: 'evaluate', from: 'groq/model-1', to: 'groq/default' },
    ]);
  });

  it('without overrides changes nothing', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    expect(await store.resetAssignments(reset())).toEqual({ generation: 0, subjects: [] });
    await store.close();
    expect(auditOf(directory)).toEqual([]);
  });
});

describe('the configuration', () => {
  it('makes generation 1 at first, a new one if it changed while the gateway was down, else none', async () => {
    const directory = temporaryFolder();
    const first = await openForTest(directory);
    expect(await first.noteConfiguration(configuration('one', AT))).toEqual({ generation: 1 });
    await first.close();
    const second = await openForTest(directory);
    expect(await second.noteConfiguration(configuration('one', AT))).toEqual({ generation: 1 });
    expect(await second.noteConfiguration(configuration('two', UNIMPLEMENTED, 'nodes.evaluate'))).toEqual({
      generation: 2,
    });
    await second.close();
    expect(auditOf(directory)).toMatchObject([
      {
        ...{ seq: 1, at: UNIMPLEMENTED, actor: 'local', action: 'reload', subject: 'configuration' },
        ...{ from: 'one', to: 'two', reason: 'nodes.evaluate', before: null },
      },
    ]);
  });
});
