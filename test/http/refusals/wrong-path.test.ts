import { afterAll, beforeAll, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';

let laneway: TestGateway;
beforeAll(async () => {
  laneway = await startGateway({ config: laneOver(['http://127.0.0.1:9']), discover: false });
});
afterAll(() => laneway.stop());

async function messageOf(path: string, method = 'POST'): Promise<string> {
  const reply = await fetch(laneway.url + path, { method });
  const { error } = (await reply.json()) as { error: { message: string } };
  expect([path, reply.status]).toEqual([path, 404]);
  return error.message;
}

test.each([
  ['/chat/completions', ['lacks /v1', '/v1/chat/completions', 'ends in /v1']],
  ['/embeddings', ['lacks /v1', '/v1/embeddings']],
  ['/v1/v1/chat/completions', ['/v1 twice', 'ends in /v1']],
  ['/v1/v1/embeddings', ['/v1 twice']],
  ['/v1/chat/completions/chat/completions', ['already contains /chat/completions']],
  ['//v1/chat/completions', ['a slash too many', '/v1/chat/completions']],
  ['/responses', ['lacks /v1', 'ends in /v1']],
  ['/groq/v1/chat/completions', ['begins with /groq', 'ends in /v1']],
  ['/v1beta/openai/chat/completions', ['begins with /v1beta/openai', 'ends in /v1']],
  ['/messages', ['lacks /v1', '/v1/messages', 'has no path']],
  ['/messages/count_tokens', ['lacks /v1', '/v1/messages/count_tokens']],
  ['/v1/v1/messages', ['/v1 twice', 'has no path']],
  ['/audio/transcriptions', ['lacks /v1', '/v1/audio/transcriptions']],
  ['/v1/v1/images/generations', ['/v1 twice', '/v1/images/generations']],
  ['/v1/v1/rerank', ['/v1 twice', '/v1/rerank']],
  ['/v1/messages/v1/messages', ['already contains /messages', 'has no path']],
  ['/anthropic/v1/messages', ['begins with /anthropic', 'has no path']],
  ['/v1', ['a base URL', '/v1/chat/completions']],
])('a wrong base URL is recognised: %s', async (path, words) => {
  const message = await messageOf(path);
  for (const word of words) expect(message).toContain(word);
});

test.each([
  ['/v1/responses/resp_1', ['not stored', 'POST /v1/responses', '"input"']],
  ['/v1/responses/resp_1/cancel', ['not stored', '"input"']],
  ['/v1/responses/resp_1/input_items', ['not stored', '"input"']],
  ['/v1/responses/compact', ['not compacted', '"input"']],
  ['/v1/responses/input_tokens', ['/v1/messages/count_tokens']],
  ['/score', ['POST /v1/rerank']],
  ['/v1/api/tags', ['Ollama', 'remove /v1']],
  ['/v1/api/chat', ['Ollama', 'remove /v1']],
  ['/v1beta/models/gemini-2.5-pro:generateContent', ['Gemini', 'not offered', '/v1']],
  ['/v1/engines/davinci/completions', ['/v1/completions', '"model"']],
  ['/openai/deployments/gpt/chat/completions', ['Azure', '"model"', '/v1']],
  ['/v1/audio/voices', ['not offered', '/v1/audio/speech']],
  ['/v1/videos', ['not offered']],
  ['/v1/batches', ['not offered']],
  ['/v1/messages/batches', ['not offered']],
  ['/v1/files', ['not offered', 'in the messages']],
  ['/v1/threads/t1/runs', ['not offered', '/v1/chat/completions']],
  ['/completion', ['engine', '/v1/chat/completions']],
  ['/api/engines/llamacpp/models/org/m/load', ['POST /api/engines/PROVIDER/models/ID/load', 'percent-encoded']],
])('a call that is not served says what to use: %s', async (path, words) => {
  const message = await messageOf(path);
  for (const word of words) expect(message).toContain(word);
  expect(message.length).toBeLessThan(250);
});

test.each([
  ['/v1/chat/completion', '"/v1/chat/completions"'],
  ['/v1/chat', '"/v1/chat/completions"'],
  ['/v1/mesages', '"/v1/messages"'],
  ['/api/debug/model', '"/api/debug/models"'],
  ['/metric', '"/metrics"'],
])('the nearest route is named: %s', async (path, route) => {
  expect(await messageOf(path, 'GET')).toContain(`did you mean ${route}`);
});

test('a path like no route gets no suggestion, and its query is not repeated', async () => {
  expect(await messageOf('/qqqqqq?key=sk-fake-0123456789')).toBe(
    'no route for POST /qqqqqq; GET / has links to all calls',
  );
});
