import { afterEach, expect, test } from 'vitest';

import { json, text } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A lane over a llama-server whose model list is `list`, then a server that answers. */
async function setUp(list: ReturnType<typeof text>): Promise<TestGateway> {
  const other = await startFakeUpstream(() => list);
  const good = await startFakeUpstream(chatScript(() => json(200, completion('from b'))));
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        a: { type: 'llamacpp', base_url: other.url },
        b: { type: 'openai_compatible', base_url: `${good.url}/v1`, local: true },
      },
      lanes: { main: { preferred: ['a/m', 'b/m'], on_unanswered: 'stop' } },
    },
  });
  running.push({ stop: () => other.close() }, { stop: () => good.close() }, laneway);
  return laneway;
}

test.each([
  ['another web server with 404', text(404, 'not found')],
  ['a server with 400', json(400, { error: { message: 'no such call' } })],
  ['an HTML page', text(200, '<html></html>', { 'content-type': 'text/html' })],
])('%s in place of a llama-server does not keep the next target from answering', async (_name, list) => {
  const laneway = await setUp(list);
  for (const provider of laneway.app.registry.snapshot.providers.keys())
    laneway.app.discovery.invalidate(provider);
  const reply = await laneway.chat({ model: 'main' });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('x-laneway-target')).toBe('b/m');
  const alone = await laneway.chat({ model: 'a/m' });
  expect(alone.status).toBe(502);
  expect(await alone.json()).toMatchObject({
    error: { message: expect.stringContaining('did not list its models') },
  });
  const { attempts } = await laneway.trace(alone);
  expect(attempts).toMatchObject([{ class: 'not_sent', possible_duplicate: false }]);
});
