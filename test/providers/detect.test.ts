import { expect, test } from 'vitest';
import { detectType } from '../../src/providers/detect/settings.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { llamaCppType } from '../../src/providers/llamacpp/settings.ts';
import { openAiCompatibleType } from '../../src/providers/openai-compatible/settings.ts';
import { ofDetectedType } from '../../src/providers/provider.ts';
import { failureOf, fixture, modelOf, probe, providerOf, Reply, startListServer } from './list-server.ts';
import type { Replies } from './list-server.ts';

const type = detectType(llamaCppType, openAiCompatibleType);
const signed = { server: 'llama.cpp' };

/** A llama-server with one model, as recorded; every reply is signed by default. */
function llamaReplies(headers: Record<string, string> = signed): Replies {
  const models = new Reply(200, fixture('llamacpp/models.json'), headers);
  const props = new Reply(200, fixture('llamacpp/props.json'), headers);
  return { 'GET /v1/models': models, 'GET /models': models, 'GET /props': props };
}

const others = { object: 'list', data: [{ id: 'gpt-x', object: 'model', owned_by: 'somebody' }] };
const otherReplies: Replies = { 'GET /v1/models': others };

test('an undetected server counts as one that answers to any name, so that requests wait for its list', () => {
  const provider = providerOf(type, 'http://127.0.0.1:9');
  expect(provider.settings).toMatchObject({
    type: 'detect',
    answersAnyName: true,
    endpoints: openAiCompatibleType.settings.endpoints,
  });
});

test.each([
  ['signs its replies', llamaReplies()],
  ['is behind a proxy that sends its own Server header', llamaReplies({ server: 'nginx' })],
])('a llama-server is detected when it %s, and has the settings of its type', async (_, replies) => {
  const { origin, arrived } = await startListServer(replies);
  const provider = providerOf(type, origin);
  const listing = await probe(provider);
  expect(listing.settings).toMatchObject({ type: 'llamacpp', answersAnyName: true });
  // Below the base URL of the provider, which ends in /v1.
  expect(listing.settings?.endpoints).toEqual(
    llamaCppType.settings.endpoints.map((each) => ({ ...each, path: each.path.slice('/v1'.length) })),
  );
  expect(listing.singleModel).toBe(true);
  // Only its own list has the window that one request really gets.
  expect(listing.models[0]?.capabilities.context_length).toBeGreaterThan(0);
  expect(arrived.map(({ line }) => line)).toContain('GET /props');
  // The provider itself never changes: the registry makes a copy of it.
  expect(provider.settings.type).toBe('detect');
  const detected = ofDetectedType(provider, listing);
  expect(detected).toMatchObject({ id: provider.id, settings: { type: 'llamacpp' } });
  expect(detected.identity).toBe(provider.identity);
});

test('any other server counts as OpenAI-compatible, and only its list is requested', async () => {
  const { origin, arrived } = await startListServer(otherReplies);
  const listing = await probe(providerOf(type, origin));
  expect(listing.settings).toMatchObject({
    type: 'openai_compatible',
    answersAnyName: false,
    completeList: false,
  });
  expect(modelOf(listing, 'gpt-x').status).toBe('available');
  expect(new Set(arrived.map(({ line }) => line))).toEqual(new Set(['GET /v1/models']));
});

test('a server without a list may still answer chats', async () => {
  const { origin } = await startListServer({});
  expect(await probe(providerOf(type, origin))).toMatchObject({
    models: [],
    settings: { type: 'openai_compatible', answersAnyName: false },
  });
});

test('a llama-server that is loading fails the probe, so that its type stays unknown', async () => {
  const loading = new Reply(
    503,
    { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    signed,
  );
  const { origin } = await startListServer({ 'GET /v1/models': loading });
  expect(await failureOf(probe(providerOf(type, origin)))).toMatchObject({ class: 'loading' });
});

test('a server that comes back as another type is listed as that type', async () => {
  let now: Replies = llamaReplies();
  const reply = (line: string) => (): unknown => now[line] ?? new Reply(404, {});
  const lines = ['GET /v1/models', 'GET /models', 'GET /props'];
  const { origin } = await startListServer(Object.fromEntries(lines.map((line) => [line, reply(line)])));
  const provider = providerOf(type, origin);
  expect((await probe(provider)).settings?.type).toBe('llamacpp');
  now = otherReplies;
  expect((await probe(provider)).settings).toMatchObject({
    type: 'openai_compatible',
    answersAnyName: false,
  });
});

test('a base URL with a path of its own works for both types', async () => {
  const listed = new Reply(200, fixture('llamacpp/models.json'), signed);
  const below = { 'GET /box/v1/models': listed, 'GET /box/models': listed };
  const llama = await startListServer({ ...below, 'GET /box/props': fixture('llamacpp/props.json') });
  const provider = providerOf(type, `${llama.origin}/box`);
  expect((await probe(provider)).singleModel).toBe(true);
  const cloud = await startListServer({ 'GET /v1beta/openai/models': others });
  const odd = providerOf(
    { ...type, settings: { ...type.settings, basePath: '' } },
    `${cloud.origin}/v1beta/openai`,
  );
  expect((await probe(odd)).models.map(({ id }) => id)).toEqual(['gpt-x']);
});

test('the configuration knows the type', () => {
  expect(PROVIDER_TYPES.map(({ settings }) => settings.type)).toContain('detect');
});
