import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { completion, startGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, message } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

test('a parameter that only a failed target would not have taken is not reported as dropped', async () => {
  let fails = true;
  const claude = await startFakeUpstream(
    chatScript(() => (fails ? json(529, {}) : json(200, message([{ type: 'text', text: 'Yes.' }])))),
  );
  const open = await startFakeUpstream(chatScript(() => json(200, completion('Yes.'))));
  const config = laneOfKinds([
    { kind: 'anthropic', url: claude.url },
    { kind: 'openai_compatible', url: open.url },
  ]);
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push({ stop: () => claude.close() }, { stop: () => open.close() }, laneway);

  const fallback = await laneway.chat({ model: 'main', seed: 7 });
  expect(fallback.headers.get('x-laneway-target')).toBe('b/m');
  expect(fallback.headers.get('x-laneway-warnings')).toBeNull();
  expect((await laneway.trace(fallback)).warnings).toEqual([]);

  fails = false;
  const direct = await laneway.chat({ model: 'a/m', seed: 7 });
  expect(direct.headers.get('x-laneway-warnings')).toContain('seed');
});
