import { expect, test } from 'vitest';

import { withWaysOut } from '../../../src/execution/respond/no-provider.ts';
import { GatewayError } from '../../../src/protocol/errors.ts';
import { providerEntry, snapshotOf } from '../../support/snapshot.ts';

// The first client after a start comes before the engine that Laneway starts has listed its models.

const snapshot = snapshotOf({ models: { 'l/a': {} }, lanes: { main: { preferred: ['l/a'] } } });
const error = new GatewayError('no_target', 'main: l/a passed over (not served)');
const portsOf = (isStarting: boolean) =>
  ({
    health: { provider: () => ({ answered: false, unreachable: null }) },
    residency: { isStarting: () => isStarting },
  }) as unknown as Parameters<typeof withWaysOut>[2];

test('while an engine is being started, a request that finds no server is asked to come again', () => {
  const { code, message, options } = withWaysOut(error, snapshot, portsOf(true));
  expect([code, options.retryAfterS]).toEqual(['model_loading', 1]);
  expect(message).toBe(`an engine is being started. ${error.message}`);
});

test('afterwards the error is what it was, with the ways out', () => {
  const { code, message } = withWaysOut(error, snapshot, portsOf(false));
  expect(code).toBe('no_target');
  expect(message).toMatch(/^no provider is usable/);
});

test('a provider that somebody has disabled is the first way out', () => {
  const disabled = snapshotOf({
    providers: [providerEntry('l', { disabled: true })],
    models: { 'l/a': {} },
    lanes: { main: { preferred: ['l/a'] } },
  });
  expect(withWaysOut(error, disabled, portsOf(false)).message).toMatch(
    /^no provider is usable: enable l, start an engine/,
  );
});
