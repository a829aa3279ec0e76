import { expect, test } from 'vitest';

import { BarClient } from '../../support/bar-client.ts';
import { laneOver } from '../../support/gateway.ts';
import { gateway, server, setUp } from './setup.ts';

test('the bar shows the active model and all chat models, with their status', async () => {
  const { bar } = await setUp();
  expect(await bar.models()).toEqual({
    active: { provider: 'a', model: 'm' },
    switching: null,
    providers: [
      {
        ...{ id: 'a', name: 'a', type: 'openai_compatible', status: 'unknown' },
        models: [{ id: 'm', name: 'Model A', status: 'unknown', active: true, context_length: 8192 }],
      },
      {
        ...{ id: 'b', name: 'b', type: 'openai_compatible', status: 'unknown' },
        models: [
          {
            ...{ id: 'm', name: 'm', status: 'unknown', active: false },
            ...{ context_length: 32_768, parameter_count: 1_540_000_000 },
          },
          { id: 'org/name:free', name: 'org/name:free', status: 'unknown', active: false },
        ],
      },
      {
        ...{ id: 'sky', name: 'sky', type: 'openai', status: 'unknown' },
        models: [{ id: 'gpt-x', name: 'GPT X', status: 'unknown', active: false }],
      },
      {
        ...{ id: 'dark', name: 'Dark', type: 'openai', status: 'needs_key' },
        models: [{ id: 'gpt-x', name: 'gpt-x', status: 'needs_key', active: false }],
      },
    ],
  });
});

test('without a switch the active model is the one that the default lane would select: not one on an unreachable server', async () => {
  const unreachable = await server('never heard');
  const b = await server('from b');
  const config = laneOver([unreachable.url, b.url]);
  await unreachable.close();
  const laneway = await gateway({ config });
  const bar = new BarClient(laneway);
  const { active, providers } = await bar.models();
  expect(active).toEqual({ provider: 'b', model: 'm' });
  expect(providers.map(({ id, status }) => [id, status])).toEqual([
    ['a', 'unreachable'],
    ['b', 'available'],
  ]);
  expect(providers[1]?.models).toEqual([{ id: 'm', name: 'm', status: 'available', active: true }]);
  expect(await bar.ask()).toBe('from b');
});

test('without an eligible target there is no active model and no capabilities', async () => {
  const laneway = await gateway({
    config: {
      default_lane: 'main',
      providers: { dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' } },
      lanes: { main: { preferred: ['dark/gpt-x'] } },
    },
    discover: false,
  });
  const bar = new BarClient(laneway);
  expect((await bar.models()).active).toBeNull();
  expect(await bar.capabilities()).toEqual({ provider: null, model: null, capabilities: {}, sources: {} });
});
