import { afterEach, expect, test } from 'vitest';

import { startGateway, type TestGateway } from '../support/gateway.ts';

let laneway: TestGateway | undefined;
afterEach(() => laneway?.stop());

test('a request rejected for its headers keeps no memory reserved for its body', async () => {
  laneway = await startGateway({ config: {} });
  const headers = { 'x-laneway-user': 'u'.repeat(1_000) };
  const reply = await laneway.chat({ model: 'main', messages: [{ role: 'user', content: 'Hi' }] }, headers);
  expect(reply.status).toBe(400);
  expect(() => laneway?.app.admission.reserve(512 * 1024 * 1024).release()).not.toThrow();
});
