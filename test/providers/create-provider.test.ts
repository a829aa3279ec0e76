import { expect, onTestFinished, test } from 'vitest';
import { createProvider } from '../../src/providers/create-provider.ts';
import type { OwnedProvider, ProviderOptions } from '../../src/providers/create-provider.ts';
import { anthropicType } from '../../src/providers/anthropic/settings.ts';
import { openAiCompatibleType } from '../../src/providers/openai-compatible/settings.ts';
import { ProbeError } from '../../src/providers/provider.ts';
import { refusedUrl } from '../support/fake-network.ts';
import { hang, json, redirect, reset, text } from '../support/fake-replies.ts';
import { UpstreamRecorder } from '../support/upstream-recorder.ts';
import { fake, POST } from './connector-harness.ts';
import { reply } from './failure-harness.ts';

const KEY = 'sk-fake-0123456789-abcdefghij';

function providerAt(baseUrl: string, options: Partial<ProviderOptions> = {}): OwnedProvider {
  const provider = createProvider({
    id: 'p',
    name: 'P',
    baseUrl,
    local: true,
    settings: openAiCompatibleType.settings,
    key: KEY,
    missingKey: null,
    headers: {},
    connectMs: 1_000,
    list: openAiCompatibleType.list,
    ...options,
  });
  onTestFinished(() => provider.destroy());
  return provider;
}

async function probe(provider: OwnedProvider, ms = 2_000): Promise<ProbeError> {
  const error: unknown = await provider.list(AbortSignal.timeout(ms)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProbeError);
  return error as ProbeError;
}

test("the key is sent in the header of the type's settings and overrides configured headers", async () => {
  const upstream = await fake(json(200, {}));
  const headers = {
    Authorization: 'Bearer sk-fake-configured',
    'X-Title': 'home',
    'X-Api-Key': 'sk-fake-configured',
  };
  const bearer = new UpstreamRecorder();
  providerAt(upstream.url, { headers }).send(POST, bearer);
  await bearer.over;
  const named = new UpstreamRecorder();
  providerAt(upstream.url, { settings: anthropicType.settings, headers }).send(POST, named);
  await named.over;
  expect(upstream.requests[0]!.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-title': 'home' });
  expect(upstream.requests[1]!.headers).toMatchObject({
    'x-api-key': KEY,
    'anthropic-version': '2023-06-01',
  });
});

test('without a key no key header is sent', async () => {
  const upstream = await fake(json(200, {}));
  const recorder = new UpstreamRecorder();
  providerAt(upstream.url, { key: null }).send(POST, recorder);
  await recorder.over;
  expect(upstream.requests[0]!.headers).not.toHaveProperty('authorization');
});

test('a probe carries the key and the configured headers', async () => {
  const upstream = await fake(json(200, { data: [{ id: 'm' }] }));
  const provider = providerAt(`${upstream.url}/v1`, { headers: { 'X-Proxy-Pass': 'open' } });
  const listing = await provider.list(AbortSignal.timeout(2_000));
  expect(listing.models.map(({ id }) => id)).toEqual(['m']);
  expect(upstream.requests[0]).toMatchObject({
    path: '/v1/models',
    headers: { authorization: `Bearer ${KEY}`, 'x-proxy-pass': 'open', 'accept-encoding': 'identity' },
  });
});

test('all probes of a provider get the same connection', async () => {
  const seen = new Set<unknown>();
  const provider = providerAt('http://127.0.0.1:9', {
    list: async (connection) => {
      seen.add(connection);
      return { models: [], singleModel: false };
    },
  });
  await provider.list(AbortSignal.timeout(100));
  await provider.list(AbortSignal.timeout(100));
  expect(seen.size).toBe(1);
});

test.each([
  [
    '401',
    json(401, { error: { message: `wrong ${KEY}`, type: 'x', code: 'invalid_api_key' } }),
    'auth',
    'upstream_auth',
  ],
  ['503 while it loads', json(503, { error: { message: 'Loading model' } }), 'loading', 'model_loading'],
  ['429', json(429, {}, { 'retry-after': '3' }), 'rate_limited', 'upstream_rate_limited'],
  ['404', text(404, '404 page not found'), 'malformed', 'upstream_malformed'],
  ['500', text(500, ''), 'unanswered', 'upstream_error'],
  [
    'an HTML page',
    text(200, '<html></html>', { 'content-type': 'text/html' }),
    'malformed',
    'upstream_malformed',
  ],
  ['a redirect', redirect('http://127.0.0.1:9/'), 'malformed', 'upstream_redirect'],
  ['a reset', [reset()], 'unanswered', 'upstream_disconnected'],
  ['garbage', [{ send: Buffer.from('SSH-2.0-x\r\n') }], 'malformed', 'upstream_malformed'],
])('a probe that is answered with %s is classified', async (_name, answer, failureClass, code) => {
  const upstream = await fake(answer);
  const { failure, message } = await probe(providerAt(`${upstream.url}/v1`));
  expect(failure).toMatchObject({ class: failureClass, code });
  expect(message).toBe(failure.summary);
  expect(JSON.stringify(failure)).not.toContain('0123456789');
});

test('a probe of a closed port, of an unknown name, of a private address', async () => {
  expect((await probe(providerAt(await refusedUrl()))).failure).toMatchObject({
    class: 'not_sent',
    summary: 'refused the connection',
  });
  expect((await probe(providerAt('http://no-such-host.invalid/v1'))).failure.code).toBe('upstream_dns');
  expect((await probe(providerAt('http://127.0.0.1:8/v1', { local: false }))).message).toContain(
    '"local": true',
  );
});

test('a probe of a port that fetch blocks reports that', async () => {
  const { failure } = await probe(providerAt('http://127.0.0.1:6666/v1'));
  expect(failure).toMatchObject({ class: 'not_sent', summary: expect.stringContaining('port') as string });
});

test('a probe ends with its signal', async () => {
  const upstream = await fake([hang()]);
  const { failure } = await probe(providerAt(upstream.url), 80);
  expect(failure).toMatchObject({
    class: 'unanswered',
    code: 'upstream_timeout',
    summary: 'did not answer in time',
  });
  await upstream.requests[0]!.closed;
});

test('an error thrown by a list function never exposes its text', async () => {
  const failing = providerAt('http://127.0.0.1:9', { list: () => Promise.reject(new Error(`no ${KEY}`)) });
  const error = await probe(failing);
  expect(error.failure).toMatchObject({ class: 'malformed', code: 'upstream_malformed' });
  expect(`${String(error.stack)} ${String(error.cause)}`).not.toContain(KEY);
});

test("a key in the upstream's error is removed, whole or in parts", () => {
  const provider = providerAt('http://127.0.0.1:9', {
    headers: { 'X-Gate-Token': 'Bearer gate-fake-987654321' },
  });
  const body = {
    error: {
      message: `bad request for ${KEY}, that is 0123456789 and sk-fake-...-abcdefghij; gate-fake-987654321; "${KEY}${KEY}"`,
      type: KEY,
      code: 'c-abcdefghij',
      param: 'sk-fake-0',
    },
  };
  const { upstream } = provider.classifyReply(reply(400, body));
  expect(upstream).toEqual({
    message: 'bad request for [key], that is [key] and [key]; [key]; "[key]"',
    type: '[key]',
    code: 'c[key]',
    param: '[key]',
  });
});

test('connection failures contain neither the address nor the key of a provider', async () => {
  const url = await refusedUrl();
  const provider = providerAt(url);
  const recorder = new UpstreamRecorder();
  provider.send(POST, recorder);
  await recorder.over;
  const failure = JSON.stringify(provider.classifyTransport(recorder.error!, false));
  expect(failure).not.toContain(new URL(url).port);
  expect(failure).not.toContain('sk-fake');
});
