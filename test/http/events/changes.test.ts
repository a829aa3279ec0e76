import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { call, ended, server, stopAll } from '../operator.ts';

afterEach(stopAll);

interface Event {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A gateway, and the events since its start. */
async function listening(): Promise<{ gateway: TestGateway; events: Event[] }> {
  const config = laneOver([(await server('hi')).url]);
  const gateway = ended(await startGateway({ config, discover: false }));
  const events: Event[] = [];
  gateway.app.events.subscribe(null, {
    send: (text) => {
      const [, name = '', data = ''] = /event: (.+)\ndata: (.+)\n/.exec(text) ?? [];
      events.push({ name, data: JSON.parse(data) as Event['data'] });
    },
    end: () => undefined,
  });
  return { gateway, events };
}

test('each change of a profile is an event: created, activated, changed, deactivated, deleted', async () => {
  const { gateway, events } = await listening();
  const content = (why: string) => ({ config: { nodes: { evaluate: { lane: 'main', why } } } });
  const night = '/api/profiles/night';
  const changes = async (method: string, path: string, body?: unknown): Promise<unknown[]> => {
    events.length = 0;
    const reply = await fetch(gateway.url + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    expect(reply.ok).toBe(true);
    return events.map(({ name, data }) => [name, data['changed']]);
  };
  const file = ['config', ['profiles.night']];
  expect(await changes('POST', '/api/profiles', { name: 'night', ...content('a') })).toEqual([file]);
  expect(await changes('PUT', night, content('b'))).toEqual([file]);
  const active = ['config', ['nodes.evaluate']];
  expect(await changes('POST', `${night}/activate`)).toEqual([active]);
  expect(await changes('PUT', night, content('c'))).toEqual([active, ['config', ['profiles.night']]]);
  expect(await changes('POST', '/api/profiles/deactivate')).toEqual([['config', ['nodes.evaluate']]]);
  expect(await changes('DELETE', night)).toEqual([file]);
});

test('a rejected change of a profile is no event', async () => {
  const { gateway, events } = await listening();
  const config = { nodes: { evaluate: { lane: 'nowhere' } } };
  expect((await call(gateway, 'POST', '/api/profiles', { name: 'night', config })).status).toBe(400);
  expect((await call(gateway, 'DELETE', '/api/profiles/night')).status).toBe(404);
  expect(events).toEqual([]);
});

test('a provider that is added, disabled and removed is an event each', async () => {
  const { gateway, events } = await listening();
  const own = '/api/v1/llm/providers/own';
  const seen = (): unknown[] =>
    events.filter(({ name }) => name === 'config').map(({ data }) => data['changed']);
  const { url } = await server('own');
  const body = { id: 'own', type: 'openai_compatible', base_url: `${url}/v1`, local: true };
  await call(gateway, 'POST', '/api/v1/llm/providers', body);
  await call(gateway, 'PATCH', own, { enabled: false });
  await fetch(gateway.url + own, { method: 'DELETE' });
  expect(seen()).toEqual([['providers.own'], ['providers.own'], ['providers.own']]);
});

test('a request has what a live list shows, tokens included', async () => {
  const { gateway, events } = await listening();
  const reply = await gateway.chat({ model: 'evaluate' });
  await reply.text();
  await expect.poll(() => events.map(({ name }) => name)).toEqual(['request']);
  const [event] = events;
  expect(event?.data['requests']).toMatchObject([
    {
      ...{
        id: reply.headers.get('x-request-id'),
        state: 'settled',
        node: 'evaluate',
        lane: 'main',
        target: 'a/m',
      },
      ...{ status: 200, duration_ms: expect.any(Number) as number, input_tokens: 7, output_tokens: 3 },
    },
  ]);
});
