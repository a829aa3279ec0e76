import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

test('the log says once when the breaker of a target opens, and once when it is closed again', async () => {
  let isBroken = true;
  const server = await startFakeUpstream(
    chatScript(() => (isBroken ? json(500, { error: 'broken' }) : json(200, completion('from a')))),
  );
  const laneway = await startGateway({ config: laneOver([server.url]) });
  running.push({ stop: () => server.close() }, laneway);
  const breakerLines = () => laneway.log.filter(({ message }) => message.includes('breaker'));

  for (let count = 0; count < 4; count += 1) await laneway.chat({ model: 'main' });
  expect(breakerLines()).toEqual([]);
  for (let count = 0; count < 3; count += 1) await laneway.chat({ model: 'main' });
  expect(breakerLines()).toMatchObject([
    { level: 'warn', fields: { target: 'a/m', class: 'unanswered', failures: 5 } },
  ]);
  expect(breakerLines()[0]?.message).toMatch(
    /a\/m: breaker open after 5 failures.*failed \(500\).* for \d+ s/,
  );
  expect(breakerLines()[0]?.fields['next_try_s']).toBeGreaterThan(20);

  isBroken = false;
  await laneway.chat({ model: 'main' });
  await laneway.chat({ model: 'main' });
  expect(breakerLines().slice(1)).toMatchObject([{ level: 'info', fields: { target: 'a/m' } }]);
  expect(breakerLines()[1]?.message).toContain('closed');
});
