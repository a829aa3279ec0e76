import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, stopAll } from './operator.ts';

afterEach(stopAll);

/** A gateway with an Ollama that has these models. */
async function withOllama(...installed: readonly string[]): Promise<TestGateway> {
  const models = installed.map((name) => ({ name, model: name, details: {}, capabilities: ['completion'] }));
  const upstream = await startFakeUpstream(({ path }) =>
    path === '/api/version' ? json(200, { version: '0.12.0' }) : json(200, { models }),
  );
  ended({ stop: () => upstream.close() });
  const config = {
    default_lane: 'main',
    providers: { ollama: { type: 'ollama', base_url: upstream.url } },
    lanes: { main: { preferred: ['ollama/a:latest'] } },
    nodes: { evaluate: { model: 'ollama/a:latest' } },
  };
  return ended(await startGateway({ config }));
}

interface Ready {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

test('an Ollama without models answers, but the gateway is not ready and says which model is missing', async () => {
  const { status, body } = await call<Ready>(await withOllama(), 'GET', '/ready');
  expect([status, body.ready]).toEqual([503, false]);
  expect(body.reasons).toEqual(['ollama/a:latest: not in the model list of its server']);
});

test.each([
  ['the model of the lane', 'a:latest'],
  ['another one, which serves the lane too', 'b:latest'],
])('an Ollama with %s makes it ready', async (_, installed) => {
  expect((await call<Ready>(await withOllama(installed), 'GET', '/ready')).status).toBe(200);
});

test.each(['evaluate', 'lane:main'])('the view of %s warns that its target cannot answer', async (name) => {
  interface View {
    readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  }
  const { body } = await call<View>(await withOllama(), 'GET', `/api/debug/models/${name}`);
  expect(body.warnings).toMatchObject([
    { code: 'missing', detail: expect.stringContaining('ollama/a:latest') },
  ]);
  const served = await call<View>(await withOllama('a:latest'), 'GET', `/api/debug/models/${name}`);
  expect(served.body.warnings).toEqual([]);
});
