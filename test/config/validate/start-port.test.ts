import { expect, test } from 'vitest';

import { load } from '../files.ts';

async function warnings(
  start: readonly string[],
  port: number,
  { type = 'vllm', ...rest }: { readonly type?: string; readonly manage?: string } = {},
): Promise<readonly string[]> {
  const provider = { type, base_url: `http://127.0.0.1:${port}`, engine: { start, ...rest } };
  const { warnings: lines } = await load({ models: { providers: { p: provider } } });
  return lines.filter((line) => line.includes('engine.start'));
}

test.each([
  [
    ['vllm', 'serve', 'm'],
    9000,
    'without "--port" means port 8000, but base_url has 9000; write "--port", "9000", or correct base_url',
  ],
  [
    ['env', 'A=1', '/opt/llama-server', '-m', 'm.gguf', '--port', '8081'],
    8080,
    'has port 8081, but base_url has 8080; write "--port", "8080", or correct base_url',
  ],
  [
    ['vllm', 'serve', 'm', '--port=8001'],
    8000,
    'has port 8001, but base_url has 8000; write "--port", "8000", or correct base_url',
  ],
])('a server that %j starts does not listen at port %d', async (start, port, words) => {
  expect(await warnings(start, port)).toEqual([`providers.p.engine.start: ${words}`]);
});

test.each([
  [['vllm', 'serve', 'm'], 8000],
  [['vllm', 'serve', 'm', '--port', '9000'], 9000],
  [['vllm', 'serve', '--config', 'vllm.yaml'], 9000],
  [['env', 'LLAMA_ARG_PORT=9000', 'llama-server'], 9000],
  [['docker', 'start', 'vllm'], 9000],
])('%j is not known to listen elsewhere than at port %d', async (start, port) => {
  expect(await warnings(start, port)).toEqual([]);
});

test('a command that Laneway does not use is not judged', async () => {
  expect(await warnings(['vllm', 'serve', 'm'], 9000, { manage: 'none' })).toEqual([]);
});
