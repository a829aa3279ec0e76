import { expect, test } from 'vitest';
import { realGateway } from '../real-gateway.ts';
import { doctor, serve, setUp } from './harness.ts';

const FAKE_KEY = 'sk-fake-0123456789abcdefghijklmnop';

/** A server that refuses every key, and repeats it as some do. */
async function refusing(): Promise<Readonly<Record<string, unknown>>> {
  const port = await serve((request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    const given = request.headers.authorization ?? '';
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${given}` } }));
  });
  const base_url = `http://127.0.0.1:${port}/v1`;
  const provider = { type: 'openai_compatible', base_url, local: true, api_key: 'env:BOX_API_KEY' };
  return { providers: { box: provider } };
}

test('a key that the provider refuses is a fault that names its variable, and the key is never printed', async () => {
  const config = await refusing();
  const variables = { BOX_API_KEY: FAKE_KEY };
  const without = await doctor(await setUp({ files: { 'models.json': config }, variables }));
  const gateway = await realGateway({ config, variables });
  const running = await doctor({ variables }, '--url', gateway.url);
  for (const { code, text, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('key_refused')).toMatchObject([
      {
        severity: 'fault',
        found: expect.stringContaining('box rejected the API key (401)'),
        fix: expect.stringContaining('check BOX_API_KEY'),
      },
    ]);
    for (let at = 0; at + 8 <= FAKE_KEY.length; at += 4)
      expect(text).not.toContain(FAKE_KEY.slice(at, at + 8));
  }
});

test('a server that requires a key, and has none, is a fault that says how to give it one', async () => {
  const { providers } = await refusing();
  const { api_key: _, ...box } = (providers as { box: { api_key?: string } }).box;
  const { of } = await doctor(await setUp({ files: { 'models.json': { providers: { box } } } }));
  expect(of('key_refused')).toMatchObject([{ fix: expect.stringContaining('"api_key": "env:VARIABLE"') }]);
});

test('a provider that is set up without its key is a warning that names the variable', async () => {
  const { of } = await doctor(await setUp({ files: { 'models.json': await refusing() } }));
  expect(of('key_refused')).toEqual([]);
  expect(of('no_key')).toMatchObject([
    { severity: 'warning', found: 'box has no key', fix: 'set BOX_API_KEY, in .env or the environment' },
  ]);
});

test('a gateway that refuses the token is a fault that names the option', async () => {
  const { url } = await realGateway({ access: { adminToken: 'fake-token-of-the-test' } });
  const { code, gateway, of } = await doctor({}, '--url', url, '--token', 'another-fake-token');
  expect([code, gateway]).toEqual([1, '0.0.0-test']);
  expect(of('token_refused')).toMatchObject([
    { found: expect.stringContaining('refuses the token'), fix: expect.stringContaining('--token') },
  ]);
});

test('a stored key is not missed without a gateway, which alone can read it', async () => {
  const { providers } = await refusing();
  const box = { ...(providers as { box: object }).box, api_key: 'secret:box' };
  const { of } = await doctor(await setUp({ files: { 'models.json': { providers: { box } } } }));
  expect([...of('no_key'), ...of('key_refused')]).toEqual([]);
});
