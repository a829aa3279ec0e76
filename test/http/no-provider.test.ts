import { afterEach, expect, test } from 'vitest';

import { json, text } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { ended, stopAll } from './operator.ts';

afterEach(stopAll);

const messages = [{ role: 'user', content: 'Hello?' }];
const BEGIN = /^no provider is usable: start an engine .*API key .*npm run demo/;

async function gateway(config: unknown, discover = true): Promise<TestGateway> {
  return ended(await startGateway({ config, discover }));
}

/** An engine that is not running, and a cloud without its key. */
const NOTHING = {
  ...laneOver(['http://127.0.0.1:2'], { cloud_fallback: ['sky/gpt'] }),
  providers: {
    a: { type: 'openai_compatible', base_url: 'http://127.0.0.1:2/v1', local: true },
    sky: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
  },
};

async function messageOf(reply: Response): Promise<string> {
  return ((await reply.json()) as { error: { message: string } }).error.message;
}

test('with no engine and no key an error begins with that and the ways out, and still names each target', async () => {
  for (const discover of [true, false]) {
    const laneway = await gateway(NOTHING, discover);
    const lane = await messageOf(await laneway.chat({ model: 'auto' }));
    expect(lane).toMatch(BEGIN);
    expect(lane).toContain('a/m refused the connection');
    expect(lane).toContain('no key: set NO_SUCH_KEY');
    expect(await messageOf(await laneway.chat({ model: 'sky/gpt' }))).toMatch(BEGIN);
    const anthropic = await fetch(`${laneway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', max_tokens: 9, messages }),
    });
    expect(await messageOf(anthropic)).toMatch(BEGIN);
  }
});

test('with one usable provider an error is about the request, even where that one has no model list', async () => {
  for (const list of [json(404, { detail: 'Not Found' }), json(200, { object: 'list', data: [] })]) {
    const upstream = await startFakeUpstream(({ method }) => (method === 'GET' ? list : text(500, 'broken')));
    ended({ stop: () => upstream.close() });
    const up = { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true };
    const laneway = await gateway({ ...NOTHING, providers: { ...NOTHING.providers, up } });
    expect(await messageOf(await laneway.chat({ model: 'auto' }))).toMatch(/^main: a\/m refused/);
  }
});

test('a key is advised only where it would help: not without cloud providers, nor where they are forbidden', async () => {
  const { a } = NOTHING.providers;
  const sky = { ...NOTHING.providers.sky, api_key: 'env:PATH' };
  for (const config of [
    { ...NOTHING, defaults: { cloud: false } },
    { ...NOTHING, providers: { a, sky }, defaults: { cloud: false } },
    { ...laneOver(['http://127.0.0.1:2']), providers: { a } },
  ]) {
    const laneway = await gateway(config, false);
    const message = await messageOf(await laneway.chat({ model: 'auto' }));
    expect(message).toMatch(/^no provider is usable: start an engine .*npm run demo/);
    expect(message).not.toContain('.env');
  }
  const laneway = await gateway(NOTHING, false);
  expect(await messageOf(await laneway.chat({ model: 'auto' }))).toContain('NO_SUCH_KEY=… in .env');
});
