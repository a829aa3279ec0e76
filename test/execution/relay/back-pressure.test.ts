import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';

import { send, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { chunks, laneOver, startGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const WORD = 'w'.repeat(180_000);
const WORDS = 400;

test('a client that does not read stops the upstream, and gets every event once it does (wire case 10)', async () => {
  const [first = '', ...rest] = sse([...chunks(...Array.from({ length: WORDS }, () => WORD)), '[DONE]']).map(
    (step) => ('send' in step ? step.send.toString() : ''),
  );
  const upstream = await startFakeUpstream(
    chatScript(() => [send(first), ...rest.map((text) => send(text))]),
  );
  const laneway = await startGateway({ config: laneOver([upstream.url]) });
  running.push({ stop: () => upstream.close() }, laneway);

  const client = connect(Number(new URL(laneway.url).port), '127.0.0.1');
  client.pause();
  const body = JSON.stringify({
    model: 'main',
    stream: true,
    messages: [{ role: 'user', content: 'Hello?' }],
  });
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
  const request = await upstream.request(1);
  const standing = await standsStill(() => request.sentBytes);
  // Buffers of two sockets and one process fit into a fraction of the whole.
  expect(standing).toBeLessThan((WORDS * WORD.length) / 2);

  const received: Buffer[] = [];
  client.on('data', (chunk: Buffer) => received.push(chunk));
  client.resume();
  await new Promise((resolve) => client.once('end', resolve));
  const text = Buffer.concat(received).toString();
  expect(text.split(WORD).length - 1).toBe(WORDS);
  expect(text).toContain('data: [DONE]');
});

/** The value once it has not moved for 300 ms. */
async function standsStill(read: () => number): Promise<number> {
  let last = -1;
  for (let still = 0; still < 6;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const value = read();
    still = value === last && value > 0 ? still + 1 : 0;
    last = value;
  }
  return last;
}
