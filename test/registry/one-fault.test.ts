import { expect, test } from 'vitest';
import { ConfigFaults } from '../../src/config/faults.ts';
import { configurationRejected } from '../../src/registry/configuration-rejected.ts';

test('a configuration with a single fault is refused with it, without a count of one', () => {
  const fault = { file: 'database', path: 'providers.x.type', message: 'unknown type "foo"' };
  const { message } = configurationRejected('provider "x" not stored', new ConfigFaults([fault]));
  expect(message).toBe('provider "x" not stored: database: providers.x.type: unknown type "foo"');
});
