import { afterEach, expect, test } from 'vitest';

import { hang, head, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(reply: Reply): Promise<{ laneway: TestGateway; a: FakeUpstream; b: FakeUpstream }> {
  const a = await startFakeUpstream(chatScript(() => reply));
  const b = await startFakeUpstream(chatScript(() => reply));
  const laneway = await startGateway({ config: laneOver([a.url, b.url]) });
  running.push({ stop: () => a.close() }, { stop: () => b.close() }, laneway);
  return { laneway, a, b };
}

/** Resolves with the milliseconds until the upstream saw its connection closed; rejects after two seconds. */
async function closedWithin(upstream: FakeUpstream, since: number): Promise<number> {
  const request = await upstream.request(1);
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => {
      reject(new Error('the upstream connection is still open after 2 s'));
    }, 2_000).unref();
  });
  await Promise.race([request.closed, late]);
  return performance.now() - since;
}

const begun = sse(chunks('one').slice(0, 2), { end: false });
const streamHead = head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });

test.each([
  ['while the upstream thinks', true, [hang()]],
  ['after the upstream’s headers', true, [streamHead, hang()]],
  ['in mid-stream', true, [...begun, hang()]],
  ['while a unary reply is made', false, [hang()]],
] as [string, boolean, Reply][])(
  'a client that leaves %s frees the upstream within a second (wire case 9)',
  async (_name, stream, reply) => {
    const { laneway, a, b } = await setUp(reply);
    const leaving = new AbortController();
    const asked = fetch(`${laneway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'main', stream, messages: [{ role: 'user', content: 'Hello?' }] }),
      signal: leaving.signal,
    }).then((answer) => answer.text());
    await a.request(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    leaving.abort();
    const since = performance.now();
    await expect(asked).rejects.toThrow();
    expect(await closedWithin(a, since)).toBeLessThan(1_000);
    expect(b.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);

    const { requests } = (await laneway.get('/api/debug/requests')) as { requests: { state: string }[] };
    expect(requests[0]?.state).toBe('client_closed');
    const health = laneway.app.health.at(performance.now());
    const target = laneway.app.registry.snapshot.models.get('a/m');
    expect(target === undefined ? 'no target' : health.deferral(target)).toBeNull();
  },
);

test('two hundred clients that leave at once leave nothing behind', async () => {
  const { laneway, a } = await setUp([...begun, hang()]);
  const leaving = new AbortController();
  const asked = Array.from({ length: 200 }, () =>
    fetch(`${laneway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'main', stream: true, messages: [{ role: 'user', content: 'Hello?' }] }),
      signal: leaving.signal,
    }).then((answer) => answer.text()),
  );
  await a.request(200);
  leaving.abort();
  await Promise.allSettled(asked);
  await laneway.app.recorder.idle();
  for (let tries = 0; a.openConnections > 1 && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(laneway.app.recorder.running).toBe(0);
  expect(a.openConnections).toBeLessThanOrEqual(1);
});
