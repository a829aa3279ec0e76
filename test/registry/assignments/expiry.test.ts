import { afterEach, expect, test, vi } from 'vitest';

import { benchOf, configOf, BASE_CONFIG, model, NOTE, START } from '../harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

const judge = { user: null, subject: 'judge' };
const inSeconds = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

test('overrides are dropped when they expire, audited with the actor "expiry", all of one tick in one generation', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { registry, store, events, later } = bench;
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt: inSeconds(10) });
  const main = { user: 'ann', subject: 'lane:main' };
  await registry.assign(main, model('near/c'), { ...NOTE, expiresAt: inSeconds(10) });
  await registry.assign({ user: null, subject: 'write' }, model('near/c'), {
    ...NOTE,
    expiresAt: inSeconds(11),
  });
  const { generation } = registry.snapshot;
  later(9_999);
  await registry.expireDue();
  expect(registry.snapshot.generation).toBe(generation);
  later(1);
  await registry.expireDue();
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(registry.node('judge').override).toBeNull();
  expect(registry.lane('main', 'ann').override).toBeNull();
  expect(registry.node('write').assignment).toEqual(model('near/c'));
  expect(events.slice(3)).toMatchObject([
    { key: judge, from: 'near/b', to: 'near/a', action: 'expire', actor: 'expiry' },
    { key: main, from: 'near/c', to: null, action: 'expire', actor: 'expiry' },
  ]);
  const { entries } = await store.listAudit({ limit: 2, before: null, subject: null });
  expect(entries.map(({ subject, from, to, actor }) => [subject, from, to, actor]).toSorted()).toEqual([
    ['judge', 'near/b', 'near/a', 'expiry'],
    ['lane:main of ann', 'near/c', null, 'expiry'],
  ]);
});

test('overrides that expired while the gateway was down are dropped at the start', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(judge, model('near/b'), { ...NOTE, expiresAt: inSeconds(10) });
  bench.later(60_000);
  const { registry, restart } = await bench.restart();
  await registry.expireDue();
  expect(registry.node('judge').override).toBeNull();
  expect((await restart()).registry.node('judge').override).toBeNull();
});

test('a switch without an expiry replaces one with an expiry', async () => {
  const { registry, later } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt: inSeconds(10) });
  await registry.assign(judge, model('near/b'), NOTE);
  later(20_000);
  await registry.expireDue();
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
});

test('an expired override stays in effect while the state cannot be written, with one warning', async () => {
  const { registry, store, warnings, later } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt: inSeconds(10) });
  await store.close();
  later(20_000);
  await registry.expireDue();
  await registry.expireDue();
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('expired');
});

test('expiry is checked once a second, and no timer runs while nothing can expire', async () => {
  const { registry, later } = await benchOf(await configOf(BASE_CONFIG));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await registry.assign(judge, model('near/c'), NOTE);
  expect(vi.getTimerCount()).toBe(0);
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt: inSeconds(1) });
  expect(vi.getTimerCount()).toBe(1);
  await registry.assign(judge, model('near/c'), NOTE);
  expect(vi.getTimerCount()).toBe(0);
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt: inSeconds(1) });
  expect(vi.getTimerCount()).toBe(1);
  later(1_000);
  const expired = new Promise((resolve) => {
    registry.onAssignment(resolve);
  });
  vi.advanceTimersByTime(1_000);
  await expired;
  expect(registry.node('judge').override).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
