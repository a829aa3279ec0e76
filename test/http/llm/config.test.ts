import { describe, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { chatsOf, configOver, startServer, startService, type Service } from './gateway.ts';

const CONFIG = '/api/v1/llm/config';
const KEY = { UP_KEY: 'sk-fake-up' };

async function chat({ gateway }: Service, model: string, headers = {}): Promise<Response> {
  const reply = await gateway.chat({ model }, headers);
  await reply.text();
  return reply;
}

test('temperature, limit, parameters and fallbacks of a node change with the next request', async () => {
  const server = await startServer((_request, model) => (model === 'm' ? json(500, {}) : null));
  const service = await startService({ config: configOver(server.url), variables: KEY });
  const body = { provider: 'up', model_id: 'm', temperature: 0.3, max_tokens: 77, params: { seed: 5 } };
  const put = await service.call('PUT', `${CONFIG}/evaluate`, {
    ...body,
    fallbacks: ['up/n'],
    reason: 'better',
  });
  expect(put).toMatchObject({
    status: 200,
    body: {
      ...{
        interaction_type: 'evaluate',
        purpose: 'simple scoring',
        provider: 'up',
        model_id: 'm',
        lane: null,
      },
      ...{ temperature: 0.3, max_tokens: 77, params: { top_p: 0.9, seed: 5 }, fallbacks: ['up/n'] },
      ...{ is_default: false, source: 'override' },
    },
  });
  const reply = await chat(service, 'evaluate');
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'up/n']);
  const sent = { temperature: 0.3, max_tokens: 77, top_p: 0.9, seed: 5 };
  expect(chatsOf(server)).toMatchObject([
    { model: 'm', ...sent },
    { model: 'n', ...sent },
  ]);
  const explained = (await service.call('GET', '/api/debug/config?explain=1')).body['nodes'];
  expect(explained).toMatchObject({
    evaluate: {
      params: { temperature: { value: 0.3, layer: 'override' }, seed: { value: 5, layer: 'override' } },
      fallbacks: { value: ['up/n'], layer: 'override' },
    },
  });
});

test('an unknown node is named by the parameter of the path', async () => {
  const server = await startServer();
  const service = await startService({ config: configOver(server.url), variables: KEY });
  const put = await service.call('PUT', `${CONFIG}/evalute`, { provider: 'up', model_id: 'm' });
  expect(put).toMatchObject({
    status: 404,
    body: { error: { code: 'node_not_found', param: 'interaction_type' } },
  });
});

test('a later PUT replaces what an earlier one set; a switch keeps it; DELETE and reset drop it', async () => {
  const server = await startServer();
  const service = await startService({ config: configOver(server.url), variables: KEY });
  const entry = async (): Promise<unknown> => {
    const { body } = await service.call('GET', CONFIG);
    return (body['config'] as Record<string, unknown>)['evaluate'];
  };
  const model = { provider: 'up', model_id: 'm' };
  await service.call('PUT', `${CONFIG}/evaluate`, { ...model, temperature: 0.1, fallbacks: ['up/n'] });
  await service.call('PUT', `${CONFIG}/evaluate`, { ...model, max_tokens: 5 });
  expect(await entry()).toMatchObject({ temperature: 0.7, max_tokens: 5, fallbacks: [] });
  await service.call('PUT', '/api/debug/models/evaluate', { provider: 'up', model_id: 'n' });
  expect(await entry()).toMatchObject({ model_id: 'n', max_tokens: 5 });
  await service.call('DELETE', '/api/debug/models/evaluate');
  expect(await entry()).toMatchObject({
    model_id: 'm',
    max_tokens: null,
    is_default: true,
    updated_at: null,
  });
  await service.call('PUT', `${CONFIG}/evaluate`, { ...model, temperature: 0.1 });
  await service.call('POST', '/api/debug/models/reset');
  expect(await entry()).toMatchObject({ temperature: 0.7, is_default: true });
});

test('what a node is set to survives a restart', async () => {
  const server = await startServer();
  const service = await startService({ config: configOver(server.url), variables: KEY });
  await service.call('PUT', `${CONFIG}/evaluate`, { provider: 'up', model_id: 'n', temperature: 0.1 });
  await service.gateway.app.close();
  const { folder } = service.gateway;
  const again = await startService({ config: configOver(server.url), variables: KEY, folder });
  await chat(again, 'evaluate');
  expect(chatsOf(server)).toMatchObject([{ model: 'n', temperature: 0.1 }]);
});

test('a node for embeddings shows sampling parameters, and does not send them', async () => {
  const server = await startServer(() =>
    json(200, {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [1] }],
      model: 'vectors',
    }),
  );
  const service = await startService({ config: configOver(server.url), variables: KEY });
  const body = { provider: 'up', model_id: 'vectors', temperature: 0.1, max_tokens: 3 };
  expect((await service.call('PUT', `${CONFIG}/embeddings`, body)).body).toMatchObject({ temperature: 0.1 });
  expect((await service.call('POST', '/v1/embeddings', { input: 'a' })).status).toBe(200);
  expect(Object.keys(chatsOf(server)[0] ?? {}).toSorted()).toEqual(['input', 'model']);
});

describe('rejected, without a change', () => {
  test.each([
    ['evalute', { provider: 'up', model_id: 'm' }, 404, 'node_not_found', 'interaction_type'],
    ['evaluate', { provider: 'upp', model_id: 'm' }, 404, 'provider_not_found', 'provider'],
    ['evaluate', { provider: 'up', model_id: 'zz' }, 404, 'model_not_found', 'model_id'],
    ['evaluate', { provider: 'dark', model_id: 'gpt' }, 409, 'unfit_target', null],
    ['evaluate', { provider: 'up', model_id: 'vectors' }, 409, 'unfit_target', null],
    [
      'evaluate',
      { provider: 'up', model_id: 'm', fallbacks: ['up/zz'] },
      404,
      'model_not_found',
      'fallbacks',
    ],
    ['evaluate', { provider: 'up', model_id: 'm', fallbacks: ['m'] }, 404, 'model_not_found', 'fallbacks'],
    ['evaluate', { provider: 'up', model_id: 'm', force: true }, 400, 'invalid_body', 'force'],
    ['evaluate', { provider: 'up', model_id: 'm', temperature: 'hot' }, 400, 'invalid_body', 'temperature'],
    ['evaluate', { provider: 'up', model_id: 'm', max_tokens: 0 }, 400, 'invalid_body', 'max_tokens'],
    [
      'evaluate',
      { provider: 'up', model_id: 'm', params: { stream: true } },
      400,
      'invalid_body',
      'params.stream',
    ],
    ['evaluate', { provider: 'up' }, 400, 'invalid_body', 'model_id'],
  ])('%s: %j', async (node, body, status, code, param) => {
    const server = await startServer();
    const service = await startService({ config: configOver(server.url), variables: KEY });
    await service.gateway.app.discovery.start();
    const reply = await service.call('PUT', `${CONFIG}/${node}`, body);
    expect([reply.status, reply.error.code, reply.error.param]).toEqual([status, code, param]);
    expect(reply.error.message).not.toContain('"force": true');
    expect(service.gateway.app.registry.snapshot.generation).toBe(1);
  });
});

test('the summary has a line for each node, and validation names the ones that cannot work', async () => {
  const server = await startServer();
  const { nodes, ...rest } = configOver(server.url) as { nodes: object };
  const config = { ...rest, nodes: { ...nodes, poor: { model: 'dark/gpt', why: 'no key' } } };
  const service = await startService({ config, variables: KEY });
  const summary = (await service.call('GET', `${CONFIG}/summary`)).body;
  expect(summary['text']).toBe(
    'embeddings: up/vectors\nevaluate: up/m at 0.7\npoor: dark/gpt\ntalk: lane:main',
  );
  expect((summary['rows'] as unknown[])[1]).toEqual({
    ...{ interaction_type: 'evaluate', purpose: 'simple scoring', model: 'up/m', temperature: 0.7 },
    source: expect.stringContaining('models.json') as string,
  });
  const { body } = await service.call('GET', `${CONFIG}/validate`);
  const invalid = (body['results'] as { valid: boolean }[]).filter(({ valid }) => !valid);
  expect([body['valid'], invalid]).toEqual([
    false,
    [
      expect.objectContaining({
        interaction_type: 'poor',
        reasons: [expect.objectContaining({ code: 'needs_key' })],
      }),
    ],
  ]);
});
