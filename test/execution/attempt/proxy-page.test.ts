import { afterEach, expect, test } from 'vitest';

import { json, text } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function upstream(answer: Reply): Promise<FakeUpstream> {
  const server = await startFakeUpstream(chatScript(() => answer));
  running.push({ stop: () => server.close() });
  return server;
}

async function gateway(...servers: readonly FakeUpstream[]): Promise<TestGateway> {
  const started = await startGateway({ config: laneOver(servers.map(({ url }) => url)) });
  running.push(started);
  return started;
}

const PAGE = text(404, '<html><body><h1>404 Not Found</h1></body></html>', { 'content-type': 'text/html' });

test("a proxy's page in place of an API's error does not end the request: the next target answers", async () => {
  const laneway = await gateway(await upstream(PAGE), await upstream(json(200, completion('from b'))));
  const answer = await laneway.chat({ model: 'main' });
  expect([answer.status, answer.headers.get('x-laneway-target')]).toEqual([200, 'b/m']);
});

test('as the only answer it is 502, with the words of the page', async () => {
  const laneway = await gateway(await upstream(PAGE));
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(502);
  expect(await answer.text()).toContain('404 Not Found');
});

test.each([
  ['FastAPI', { detail: 'Not Found' }],
  ['llama-server', { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } }],
])('a JSON 404 for the path does the same, and names the target and base_url: %s', async (_name, body) => {
  const laneway = await gateway(
    await upstream(json(404, body)),
    await upstream(json(200, completion('from b'))),
  );
  const answer = await laneway.chat({ model: 'main' });
  expect([answer.status, answer.headers.get('x-laneway-target')]).toEqual([200, 'b/m']);
  const alone = await gateway(await upstream(json(404, body)));
  const failed = await alone.chat({ model: 'main' });
  expect(failed.status).toBe(502);
  expect(await failed.text()).toMatch(/a\/m has no such path.*base_url.*Not Found/);
});
