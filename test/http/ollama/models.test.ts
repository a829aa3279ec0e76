import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startOllamaClient, type OllamaClient } from './gateway.ts';

let laneway: OllamaClient;
beforeAll(async () => {
  laneway = await startOllamaClient();
});
afterAll(() => laneway.stop());

const post = (path: string, body: object | string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${laneway.gateway.url}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the list of models', () => {
  test('has nodes, lanes and models, each with a tag: Open WebUI looks for it there', async () => {
    const { models } = await laneway.client.list();
    const names = models.map(({ model }) => model);
    expect(names).toEqual(expect.arrayContaining(['evaluate:latest', 'main:latest', 'open/m:latest']));
    expect(names.every((name) => name.includes(':'))).toBe(true);
    expect(models.map(({ name }) => name)).toEqual(names);
    expect(new Set(models.map(({ digest }) => digest)).size).toBe(models.length);
  });

  test('has the keys of Ollama’s list, with what is known of a model', async () => {
    const { models } = await laneway.client.list();
    expect(models.find(({ name }) => name === 'open/m:latest')).toEqual({
      name: 'open/m:latest',
      model: 'open/m:latest',
      modified_at: '1970-01-01T00:00:00Z',
      size: 0,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      details: {
        parent_model: '',
        format: '',
        family: 'open',
        families: ['open'],
        parameter_size: '7.2B',
        quantization_level: 'Q4_K_M',
      },
      capabilities: ['completion', 'tools', 'vision', 'thinking'],
    });
  });
});

describe('the description of a model', () => {
  const info = async (model: string): Promise<Record<string, unknown>> =>
    (await laneway.client.show({ model })).model_info as unknown as Record<string, unknown>;

  test('has its window under the name of its architecture', async () => {
    expect(await info('open/m')).toMatchObject({
      'general.architecture': 'open',
      'open.context_length': 8192,
      'general.parameter_count': 7_200_000_000,
    });
  });

  test('of a node or lane is that of the first model of its chain', async () => {
    const architecture = { 'general.architecture': 'laneway', 'laneway.context_length': 8192 };
    expect(await info('evaluate')).toMatchObject(architecture);
    expect(await info('lane:main')).toMatchObject(architecture);
    const { capabilities } = await laneway.client.show({ model: 'evaluate:latest' });
    expect(capabilities).toEqual(['completion', 'tools', 'vision', 'thinking']);
  });

  test('names only what the model can do', async () => {
    expect((await laneway.client.show({ model: 'coder' })).capabilities).toEqual(['completion']);
    expect((await laneway.client.show({ model: 'vectors' })).capabilities).toEqual(['embedding']);
  });

  test('takes the older field, and says what is missing or unknown', async () => {
    expect((await post('/api/show', { name: 'evaluate' })).status).toBe(200);
    const none = await post('/api/show', {});
    expect([none.status, await none.json()]).toEqual([400, { error: 'model is required' }]);
    const unknown = await post('/api/show', { model: 'nope' });
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: 'unknown model "nope"; GET /v1/models lists the names' },
    ]);
  });
});

test('loaded models of local servers are listed as running', async () => {
  expect(await laneway.client.ps()).toEqual({ models: [] });
});

test('the version is one that clients accept: Copilot wants 0.6.4 at least', async () => {
  const { version } = await laneway.client.version();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  expect(major > 0 || minor > 6).toBe(true);
});

describe('what curl sends by default', () => {
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  const BODY = '{"model":"evaluate"}';

  test('is read as JSON, as Ollama does', async () => {
    expect((await post('/api/show', BODY, FORM)).status).toBe(200);
    expect((await post('/api/chat', BODY, FORM)).status).toBe(200);
  });

  test('but not from a web page, which needs no preflight for it', async () => {
    const origin = { origin: 'http://localhost:3000' };
    expect((await post('/api/chat', BODY, { ...FORM, ...origin })).status).toBe(415);
    expect((await post('/api/chat', BODY, { ...FORM, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post('/v1/chat/completions', BODY, FORM)).status).toBe(415);
  });
});

describe('the paths around', () => {
  const error = async (method: string, path: string): Promise<unknown> =>
    ((await (await fetch(`${laneway.gateway.url}${path}`, { method })).json()) as { error: unknown }).error;

  test('a wrong method of an Ollama path has its error', async () => {
    expect(await error('GET', '/api/chat')).toBe('/api/chat does not support GET; use POST');
  });

  test('an unknown path below /api keeps the error of Laneway’s own API', async () => {
    expect(await error('GET', '/api/nothing')).toMatchObject({ code: 'route_not_found' });
    expect(await error('PUT', '/api/models')).toMatchObject({ code: 'method_not_allowed' });
  });
});
