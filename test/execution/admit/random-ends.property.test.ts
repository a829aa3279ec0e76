import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeRequest, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

const LIMIT = 2;

/** What the server does with a request; the request says which. */
const REPLIES: Readonly<Record<string, (stream: boolean) => Reply>> = {
  answers: (stream) => (stream ? sse([...chunks('a', 'b'), '[DONE]']) : json(200, completion('a'))),
  overloaded: () => json(503, { error: { message: 'overloaded' } }),
  refuses: () => json(400, { error: { message: 'bad' } }),
  resets: () => [{ close: 'reset' }],
  'breaks off': () => [...sse(chunks('a').slice(0, 2), { end: false }), { close: 'reset' }],
  'sends nonsense': () => json(200, 'nonsense'),
  'never answers': () => [{ until: new Promise(() => undefined) }],
};

interface Server {
  readonly url: string;
  /** The most requests at once whose clients stay: when a server notices a closed connection is its own affair. */
  most: number;
}

async function startServer(): Promise<Server> {
  const open = new Set<FakeRequest>();
  const upstream = await startFakeUpstream(
    chatScript((request) => {
      const { stream, messages } = request.json() as { stream?: boolean; messages: { content: string }[] };
      const [content = '', isLeaving] = (messages[0]?.content ?? '').split(', ');
      if (isLeaving === undefined) open.add(request);
      server.most = Math.max(server.most, open.size);
      const reply = REPLIES[content]?.(stream === true) ?? [];
      const done = new Promise<void>((resolve) => {
        setTimeout(() => {
          open.delete(request);
          resolve();
        }, 1);
      });
      return [{ until: done }, ...reply];
    }),
  );
  const server = { url: upstream.url, most: 0 };
  started.push(() => upstream.close());
  return server;
}

async function ask(
  gateway: TestGateway,
  content: string,
  stream: boolean,
  leavesAfterMs: number | null,
): Promise<number | null> {
  const signal = leavesAfterMs === null ? null : AbortSignal.timeout(leavesAfterMs);
  try {
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'main',
        stream,
        messages: [{ role: 'user', content: signal === null ? content : `${content}, leaving` }],
      }),
      signal,
    });
    await reply.text();
    return reply.status;
  } catch {
    return null;
  }
}

const request = fc.record({
  content: fc.constantFrom(...Object.keys(REPLIES).filter((name) => name !== 'never answers')),
  stream: fc.boolean(),
  leavesAfterMs: fc.option(fc.integer({ min: 1, max: 30 }), { nil: null }),
});

test('however requests end, each frees its place once: the limit holds, and at the end all places are free', async () => {
  const server = await startServer();
  const config = laneOver([server.url], { concurrency: 3, queue: { wait_s: 5 } });
  config.providers = { a: { ...(config.providers['a'] as object), concurrency: LIMIT } };
  const gateway = await startGateway({ config });
  started.push(() => gateway.stop());
  const usage = (): readonly number[] =>
    gateway.app.limiter.status().flatMap(({ inFlight, waiting }) => [inFlight, waiting]);
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 8, maxLength: 24 }), async (requests) => {
      const hanging = new AbortController();
      const hang = fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'a/m',
          messages: [{ role: 'user', content: 'never answers, leaving' }],
        }),
        signal: hanging.signal,
      }).catch(() => null);
      const ends = await Promise.all(
        requests.map(({ content, stream, leavesAfterMs }) => ask(gateway, content, stream, leavesAfterMs)),
      );
      hanging.abort();
      await hang;
      await gateway.app.recorder.idle();
      for (const [index, { leavesAfterMs }] of requests.entries())
        if (leavesAfterMs === null) expect(ends[index]).not.toBeNull();
      expect(usage()).toEqual([0, 0, 0, 0]);
    }),
    { numRuns: 12 },
  );
  expect(server.most).toBeLessThanOrEqual(LIMIT);
});
