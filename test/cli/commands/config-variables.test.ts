import { expect, test } from 'vitest';
import { SHIPPED } from '../../config/files.ts';
import { laneway } from './harness.ts';

test('config validate refuses variables with which the gateway would not start', async () => {
  const variables = { LANEWAY_PORT: 'abc', LANEWAY_MASTER_KEY: 'short' };
  const { code, stdout } = await laneway(['config', 'validate'], { configDirectory: SHIPPED, variables });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^fault environment: LANEWAY_PORT: must be a whole number/);
  expect(stdout).toMatch(/\nfault environment: LANEWAY_MASTER_KEY: [^\n]*\ninvalid: 2 faults\n$/);
  expect(stdout).not.toContain('short');
});
