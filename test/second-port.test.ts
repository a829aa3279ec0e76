import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { sendRaw } from './support/raw-client.ts';
import { startProcess, type GatewayProcess } from './support/process.ts';

let gateway: GatewayProcess | null = null;
let other: Server | null = null;
afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  other?.close();
  other = null;
});

/** A port that nothing uses at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One provider of type ollama at this port of loopback. */
const ollamaAt = (port: number): object => ({
  default_lane: 'main',
  providers: { ollama: { type: 'ollama', base_url: `http://localhost:${port}` } },
  lanes: { main: { preferred: ['ollama/m'] } },
});

test('LANEWAY_OLLAMA_PORT opens a second port, which the start table names', async () => {
  const port = await freePort();
  gateway = await startProcess({ args: ['--demo'], env: { LANEWAY_OLLAMA_PORT: String(port) } });
  expect(gateway.stdout()).toContain(`Ollama clients: http://127.0.0.1:${port}`);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('Ollama is running');
});

test('a host that is allowed with the first port is allowed with the second', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const env = {
    LANEWAY_PORT: String(first),
    LANEWAY_OLLAMA_PORT: String(second),
    LANEWAY_ALLOWED_HOSTS: `box.lan:${first}`,
  };
  gateway = await startProcess({ args: ['--demo'], env });
  const status = async (host: string): Promise<number> =>
    (await sendRaw(`http://127.0.0.1:${second}`, `GET /api/version HTTP/1.1\r\nhost: ${host}\r\n\r\n`))
      .status;
  expect(await status(`box.lan:${second}`)).toBe(200);
  expect(await status(`other.lan:${second}`)).toBe(403);
});

test('where another program has that port, a warning says so and the gateway runs without it', async () => {
  other = createServer();
  await new Promise<void>((resolve) => other?.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  gateway = await startProcess({ args: ['--demo'], env: { LANEWAY_OLLAMA_PORT: String(port) } });
  expect(gateway.stderr()).toMatch(new RegExp(`LANEWAY_OLLAMA_PORT: port ${port} is in use`));
  expect(gateway.stdout()).not.toContain('Ollama clients');
  expect((await fetch(`${gateway.url}/api/tags`)).status).toBe(200);
});

test('a provider at that port would be the gateway itself: it is not used, and is named in a warning', async () => {
  const port = await freePort();
  gateway = await startProcess({
    env: { LANEWAY_OLLAMA_PORT: String(port) },
    files: { 'models.json': ollamaAt(port) },
  });
  expect(gateway.stderr()).toMatch(
    /providers\.ollama: http:\/\/localhost:\d+ is the address of Laneway itself/,
  );
  const { models } = (await (await fetch(`http://127.0.0.1:${port}/api/tags`)).json()) as {
    models: { name: string }[];
  };
  expect(models.map(({ name }) => name)).toEqual(['main:latest']);
});
