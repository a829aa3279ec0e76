import { expect, test } from 'vitest';

import type { Config } from '../../../src/config/config.ts';
import { ProviderRecords } from '../../../src/registry/providers/provider-records.ts';
import { systemClock } from '../../../src/util/clock.ts';

test('a provider at the address of the gateway itself is not said to need "enabled": true', () => {
  const warning = 'http://127.0.0.1:4600/v1 is the address of Laneway itself, so it is not used';
  const config = { providers: {}, warnings: [`providers.own: ${warning}`] } as unknown as Config;
  const unused = (): never => {
    throw new Error('not part of this test');
  };
  const records = new ProviderRecords({
    ...{ stored: [], config: () => config, variable: unused, secret: unused, clock: systemClock },
    ...{ registry: { snapshot: unused as never }, discovery: { refresh: unused } },
    store: { noteValidation: unused },
  });
  expect(records.disabledBy('own')).toBe(warning);
  expect(records.disabledBy('ow')).toBe('set its "enabled" to true to use it');
});
