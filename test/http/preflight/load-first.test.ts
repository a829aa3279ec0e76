import { expect, test } from 'vitest';

import type { Engines } from '../../../src/engines/engines.ts';
import type { OperatorResult } from '../../../src/engines/pool/operator-call.ts';
import { loadFirst, type LoadedFirst } from '../../../src/http/preflight/load-first.ts';

const IN_USE = {
  kind: 'in_use',
  message: 'requests that have to end before l/b can be loaded have not ended in time',
} as const;

/** Engines whose load of `l/b` ends so; null: never. */
function engines(result: OperatorResult | null, forced: boolean[] = []): Engines {
  const calls: Partial<Engines> = {
    manages: () => true,
    poolOf: () => null,
    switchOf: () => null,
    operate: (_verb, _target, force) => {
      forced.push(force);
      return {
        switchId: 'sw',
        result: result === null ? new Promise(() => undefined) : Promise.resolve(result),
      };
    },
  };
  return calls as Engines;
}

const load = (fake: Engines, force = false, signal = new AbortController().signal): Promise<LoadedFirst> =>
  loadFirst({ target: 'l/b', force, signal }, { engines: fake, clock: { now: () => 0 } });

test('models in use that do not end fail the preflight with what to do', async () => {
  expect(await load(engines(IN_USE))).toEqual({
    ok: false,
    message: `could not be loaded: ${IN_USE.message}; "force": true cuts them`,
  });
});

test.each([true, false])('force %s is that of the load', async (force) => {
  const forced: boolean[] = [];
  await load(engines({ kind: 'done', state: 'loaded', loadMs: 12.4 }, forced), force);
  expect(forced).toEqual([force]);
});

test('a caller that disconnects is not waited for', async () => {
  const left = new AbortController();
  const loading = load(engines(null), false, left.signal);
  left.abort();
  expect(await loading).toMatchObject({ ok: false, message: expect.stringContaining('disconnected') });
});

test('a shutdown is its own error', async () => {
  const refused = { kind: 'refused', reason: 'draining', message: 'the gateway is shutting down' } as const;
  await expect(load(engines(refused))).rejects.toMatchObject({ code: 'draining' });
});
