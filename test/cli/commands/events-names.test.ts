import { expect, test } from 'vitest';
import { fakeGateway, laneway } from './harness.ts';

test.each([
  [['swich'], 'Did you mean switch?'],
  [['switch', 'foo'], 'Write switch, health, config, discovery, request or pool.'],
])('events --only %j is refused in place of a wait without end', async (names, advice) => {
  const { url, calls } = await fakeGateway({ 'GET /api/events': { events: '' } });
  const { code, stdout, stderr } = await laneway(['events', '--url', url, '--only', ...names]);
  expect([code, stdout, calls]).toEqual([2, '', []]);
  expect(stderr).toContain(advice);
});
