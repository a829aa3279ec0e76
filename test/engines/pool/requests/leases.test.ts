import { expect, test, vi } from 'vitest';

import { Leases, type Use } from '../../../../src/engines/pool/requests/leases.ts';

const use = (target: string, revoke?: () => void): Use => ({ target, burstLane: null, revoke });

test('an operator who forces an unload cuts the requests of that model, each once', () => {
  const leases = new Leases();
  const [first, other] = [vi.fn(), vi.fn()];
  const end = leases.add(
    use('l/a', () => {
      first();
      end();
    }),
  );
  leases.add(use('l/a'));
  leases.add(use('l/b', other));
  leases.revoke('l/a');
  leases.revoke('l/a');
  expect(first).toHaveBeenCalledOnce();
  expect(other).not.toHaveBeenCalled();
});

test('a provider is unused once the last request of any of its models has ended', async () => {
  const leases = new Leases();
  const ends = [leases.add(use('l/a')), leases.add(use('l/vendor/b'))];
  leases.add(use('other/c'));
  expect(leases.count('l')).toBe(2);
  let unused = false;
  const waiting = leases.unused('l').then(() => {
    unused = true;
  });
  ends[0]?.();
  await new Promise(setImmediate);
  expect(unused).toBe(false);
  ends[1]?.();
  await waiting;
  await leases.unused('l');
});

test('a request that waits for a model keeps its engine from being ended, like one that uses it', async () => {
  const leases = new Leases();
  const endWait = leases.wait('l/a');
  expect([leases.count('l'), leases.countOf('l/a')]).toEqual([1, 0]);
  const unused = leases.unused('l');
  const end = leases.add(use('l/a'));
  endWait();
  expect(leases.count('l')).toBe(1);
  end();
  await unused;
});
