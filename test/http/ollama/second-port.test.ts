import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { openReply, startOllamaClient, type OllamaClient } from './gateway.ts';

/** A gateway with a second port on a free one. */
let laneway: OllamaClient | null = null;
afterEach(async () => {
  await laneway?.stop();
  laneway = null;
});

async function secondUrl(): Promise<string> {
  laneway = await startOllamaClient();
  const { ollama, server } = laneway.gateway.app;
  await ollama.listen(server.server, '127.0.0.1', 0);
  return `http://127.0.0.1:${ollama.port}`;
}

test('its root says that Ollama is running, as clients expect; a browser and the first port get the page', async () => {
  const url = await secondUrl();
  const reply = await fetch(url);
  expect([reply.status, await reply.text()]).toEqual([200, 'Ollama is running']);
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  expect(await (await fetch(url, { headers: { accept: 'text/html' } })).text()).toContain('<!doctype html>');
  expect(await (await fetch(laneway!.gateway.url)).text()).toContain('Laneway');
});

test('it serves every call of the first port', async () => {
  const url = await secondUrl();
  laneway!.answers(json(200, openReply({ content: 'Hello' })));
  const body = JSON.stringify({
    model: 'evaluate',
    stream: false,
    messages: [{ role: 'user', content: 'hi' }],
  });
  const headers = { 'content-type': 'application/json' };
  for (const path of ['/api/chat', '/v1/chat/completions']) {
    const reply = await fetch(`${url}${path}`, { method: 'POST', headers, body });
    expect(reply.headers.get('x-laneway-target')).toBe('open/m');
  }
  expect((await fetch(`${url}/v1/models`)).status).toBe(200);
});

test('its checks are the same: a foreign page and a foreign name of the host are refused', async () => {
  const url = await secondUrl();
  expect((await fetch(`${url}/api/tags`, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
});

test('bytes that are no HTTP get an answer there, too', async () => {
  const url = new URL(await secondUrl());
  const socket = connect(Number(url.port), url.hostname);
  socket.end('hello\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 400/);
});

test('a stop ends its idle connections', async () => {
  const url = new URL(await secondUrl());
  const socket = connect(Number(url.port), url.hostname);
  socket.write(`GET /api/version HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await laneway!.gateway.app.close();
  socket.resume();
  await closed;
  await expect(fetch(url)).rejects.toThrow();
  await laneway!.upstream.close();
  laneway = null;
});
