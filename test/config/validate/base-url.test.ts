import { describe, expect, it } from 'vitest';
import { faultLines, load } from '../files.ts';

const provider = (settings: object): object => ({ providers: { p: settings } });
const read = (
  type: string,
  base_url?: string,
  more: object = {},
): Promise<{ base_url: string; local: boolean } | undefined> =>
  load({ models: provider({ type, ...(base_url === undefined ? {} : { base_url }), ...more }) }).then(
    ({ providers }) => providers.p,
  );
const refused = async (type: string, base_url: string, more: object = {}): Promise<string[]> =>
  (await faultLines({ models: provider({ type, base_url, ...more }) })).map((line) =>
    line.replace('config/models.json: providers.p.base_url: ', ''),
  );

describe('a base URL is normalized for the type of provider', () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['vllm', undefined, 'http://127.0.0.1:8000/v1'],
    ['vllm', 'http://box.lan:8000', 'http://box.lan:8000/v1'],
    ['vllm', 'http://box.lan:8000/', 'http://box.lan:8000/v1'],
    ['vllm', 'http://box.lan:8000/v1/', 'http://box.lan:8000/v1'],
    ['vllm', 'http://box.lan:8000/v1/v1', 'http://box.lan:8000/v1'],
    ['llamacpp', 'http://localhost:8080/v1', 'http://localhost:8080'],
    ['ollama', 'http://localhost:11434/v1/', 'http://localhost:11434'],
    ['ollama', 'http://[::1]:11434', 'http://[::1]:11434'],
    ['anthropic', 'https://api.anthropic.com/v1', 'https://api.anthropic.com'],
    ['anthropic', 'https://gateway.example/anthropic', 'https://gateway.example/anthropic'],
    ['groq', 'https://api.groq.com', 'https://api.groq.com/openai/v1'],
    ['groq', 'https://api.groq.com/openai', 'https://api.groq.com/openai/v1'],
    ['openai_compatible', 'https://api.x.ai', 'https://api.x.ai/v1'],
    ['openai_compatible', 'https://host.example/api/paas/v4', 'https://host.example/api/paas/v4'],
    ['openai', 'HTTPS://API.OpenAI.com:443/v1', 'https://api.openai.com/v1'],
  ];
  for (const [type, written, url] of cases) {
    it(`${type}: ${written ?? 'left out'} is ${url}`, async () => {
      expect((await read(type, written))?.base_url).toBe(url);
    });
  }
});

describe('an implausible base URL is rejected', () => {
  const usual = 'https://api.openai.com/v1';
  const cases: readonly (readonly [string, string])[] = [
    ['api.example/v1', `must be a URL starting with http:// or https://, such as ${usual}`],
    ['localhost:8000', `must be a URL starting with http:// or https://, such as ${usual}`],
    ['ftp://api.example/v1', `must be a URL starting with http:// or https://, such as ${usual}`],
    ['https://me@api.example/v1', 'must not contain credentials; set api_key to "env:NAME" instead'],
    [
      'https://api.example/v1?version=2',
      'must not have a query or fragment; a key belongs in api_key, as "env:NAME"',
    ],
    [
      'https://api.example/v1#top',
      'must not have a query or fragment; a key belongs in api_key, as "env:NAME"',
    ],
    [
      'https://api.example/v1/chat/completions',
      `must not include the path of an endpoint; use the base URL, for example ${usual}`,
    ],
    [
      'https://api.example/v1/audio/speech',
      `must not include the path of an endpoint; use the base URL, for example ${usual}`,
    ],
    [
      'https://api.example/v1/rerank',
      `must not include the path of an endpoint; use the base URL, for example ${usual}`,
    ],
    [
      'http://api.example/v1',
      'http: is allowed for local providers only; use https:, or set "local": true if this is your own server',
    ],
  ];
  for (const [written, message] of cases) {
    it(written, async () => {
      expect(await refused('openai', written)).toEqual([message]);
    });
  }

  it('link-local and metadata addresses, even of local providers', async () => {
    const message = 'link-local, multicast, tunnel and metadata addresses are not allowed';
    for (const host of [
      '169.254.169.254',
      '2852039166',
      '[fe80::1]',
      '[::ffff:169.254.169.254]',
      '[fd00:ec2::254]',
      '100.100.100.200',
      'metadata.google.internal',
    ]) {
      expect(await refused('vllm', `http://${host}:80/v1`, { local: true }), host).toEqual([message]);
    }
    expect(await refused('vllm', 'http://0.0.0.0:8000')).toEqual([
      '0.0.0.0 is an address to listen on, not to connect to; use 127.0.0.1 or the address of the server',
    ]);
  });
});

describe('whether a provider is local', () => {
  it('follows its type, or an address of this machine or network', async () => {
    expect((await read('vllm', 'https://gpu.example/v1'))?.local).toBe(true);
    expect((await read('openai'))?.local).toBe(false);
    for (const host of [
      'localhost',
      '127.0.0.9',
      '10.1.2.3',
      '192.168.0.4',
      '[fd12::1]',
      '100.64.0.7',
      'a.localhost',
    ]) {
      expect((await read('openai_compatible', `http://${host}:1234/v1`))?.local, host).toBe(true);
    }
  });

  it('can be set in the file, where plausible', async () => {
    expect(await read('openai_compatible', 'http://gpu-box:1234', { local: true })).toMatchObject({
      base_url: 'http://gpu-box:1234/v1',
      local: true,
    });
    expect((await read('vllm', 'https://gpu.example/v1', { local: false }))?.local).toBe(false);
    expect(await refused('vllm', 'https://10.0.0.1/v1', { local: false })).toEqual([
      'loopback and private addresses are allowed for local providers only',
    ]);
  });
});
