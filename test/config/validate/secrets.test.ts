import { describe, expect, it } from 'vitest';
import { faultLines, load, type Files } from '../files.ts';

const file = 'config/models.json';
const advice = (variable: string): string =>
  `put the key into the environment or .env and write "env:${variable}"`;
const openai = (provider: object): Files => ({
  models: { providers: { openai: { type: 'openai', ...provider } } },
});

describe('a key in a file is rejected with the advice to move it', () => {
  it('as api_key', async () => {
    expect(await faultLines(openai({ api_key: 'sk-fake-1' }))).toEqual([
      `${file}: providers.openai.api_key: keys must not be stored in files; ${advice('OPENAI_API_KEY')}`,
    ]);
  });

  it('after env: or secret:', async () => {
    expect(await faultLines(openai({ api_key: 'env:sk-fake-1' }))).toEqual([
      `${file}: providers.openai.api_key: "env:" must be followed by a name (letters, digits and _), not by the key itself; ${advice('OPENAI_API_KEY')}`,
    ]);
    expect((await faultLines(openai({ api_key: 'secret:' })))[0]).toContain(
      '"secret:" must be followed by a name',
    );
  });

  it('in a header', async () => {
    const headers = {
      Authorization: 'Bearer sk-fake-1',
      'x-goog-api-key': 'sk-fake-2',
      'x-title': 'Laneway',
    };
    expect(await faultLines(openai({ headers }))).toEqual([
      `${file}: providers.openai.headers.Authorization: keys must not be stored in files; put the key into the environment or .env, without "Bearer", and write "api_key": "env:OPENAI_API_KEY" in place of this header`,
      `${file}: providers.openai.headers.x-goog-api-key: keys must not be stored in files; ${advice('OPENAI_X_GOOG_API_KEY')}`,
    ]);
  });

  it.each([
    ['Authorization', 'Bearer ${OR_KEY}', '"api_key": "env:OR_KEY"'],
    ['authorization', 'sk-fake-1', '"api_key": "env:OPENAI_API_KEY"'],
    ['Authorization', 'bearer sk-fake-1', '"api_key": "env:OPENAI_API_KEY"'],
    ['Authorization', 'env:sk-fake-1', '"api_key": "env:OPENAI_API_KEY"'],
    ['Authorization', 'Basic ZmFrZQ==', '"Basic" included'],
    ['Proxy-Authorization', 'Bearer sk-fake-1', '"Bearer" included'],
    ['x-api-key', 'sk-fake-1', '"env:OPENAI_X_API_KEY"'],
  ])('in the header %s: %s, with advice that keeps the scheme', async (name, value, words) => {
    const [line = ''] = await faultLines(openai({ headers: { [name]: value } }));
    expect(line).toContain(words);
    expect(line).not.toMatch(/sk-fake|ZmFrZQ/);
  });

  it('in a file whose key a stronger file overrides', async () => {
    const files = {
      ...openai({ api_key: 'sk-fake-1' }),
      user: { providers: { openai: { api_key: 'env:OTHER' } } },
    };
    expect(await faultLines(files)).toHaveLength(1);
  });

  it('for a provider whose id begins with a digit, with a name that shells accept', async () => {
    const models = { providers: { '1st-ai': { type: 'openai', api_key: 'sk-fake-1' } } };
    expect((await faultLines({ models }))[0]).toContain('"env:_1ST_AI_API_KEY"');
  });
});

it('env: and secret: are accepted, and header names become lower case', async () => {
  const models = {
    providers: {
      openai: {
        type: 'openai',
        api_key: 'env:OPENAI_API_KEY',
        headers: { 'X-Title': 'Laneway', 'X-Api-Key': 'env:OTHER' },
      },
      groq: { type: 'groq', api_key: 'secret:groq' },
    },
  };
  const { providers } = await load({ models });
  expect(providers.openai).toMatchObject({
    api_key: 'env:OPENAI_API_KEY',
    headers: { 'x-title': 'Laneway', 'x-api-key': 'env:OTHER' },
  });
  expect(providers.groq?.api_key).toBe('secret:groq');
});

it('headers that would break the request are rejected', async () => {
  const headers = { Host: 'example.com', 'x y': '1', 'x-a': 'one\r\ntwo', 'transfer-encoding': 'chunked' };
  expect(await faultLines(openai({ headers }))).toEqual([
    `${file}: providers.openai.headers.Host: Laneway sets this header itself`,
    `${file}: providers.openai.headers["x y"]: not a valid header name`,
    `${file}: providers.openai.headers.x-a: must be ASCII text without line breaks`,
    `${file}: providers.openai.headers.transfer-encoding: Laneway sets this header itself`,
  ]);
});

it('no fault contains a secret, wherever it occurs in the files', async () => {
  const secret = 'sk-fake-7f3a9c';
  const places: Files[] = [
    openai({ api_key: secret }),
    openai({ api_key: `env:${secret}` }),
    openai({ api_key: `secret:${secret} ` }),
    openai({ api_key: { value: secret } }),
    openai({ api_key: [secret] }),
    openai({ apikey: secret }),
    openai({ headers: { authorization: `Bearer ${secret}` } }),
    openai({ headers: { 'x-custom': `${secret}\n` } }),
    openai({ headers: secret }),
    openai({ base_url: `https://user:${secret}@api.example/v1` }),
    openai({ base_url: `https://${secret}@api.example/v1` }),
    openai({ base_url: `https://api.example/v1?key=${secret}` }),
    openai({ base_url: `https://api.example/v1#${secret}` }),
    openai({ base_url: `http://api.example/${secret}` }),
    openai({ base_url: secret }),
    openai({ local: secret }),
    { models: { ledger: secret } },
    { models: { providers: secret } },
    { models: `{ "providers": { "openai": { "api_key": "${secret}" "type": "openai" } } }` },
    { models: `{ "api_key": ${secret} }` },
    { models: `"${secret}"` },
  ];
  for (const files of places) {
    const lines = await faultLines(files);
    expect(lines.length, JSON.stringify(files)).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain(secret);
  }
});
