import { expect, test } from 'vitest';

import { addressText } from '../../../src/cli/output/address-text.ts';

const base_url = 'http://127.0.0.1:8080';

test.each([
  [{ base_url }, base_url],
  [{ base_url, servers: null }, base_url],
  [{ base_url: null }, ''],
  [{ base_url, servers: [] }, 'started by Laneway'],
  [
    { base_url, servers: ['http://127.0.0.1:41001', 'http://127.0.0.1:41002'] },
    'http://127.0.0.1:41001, http://127.0.0.1:41002',
  ],
])('the address of %j is %s', (provider, text) => {
  expect(addressText(provider)).toBe(text);
});
