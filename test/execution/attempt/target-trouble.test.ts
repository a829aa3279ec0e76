import { afterEach, expect, test } from 'vitest';

import { json, text } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A lane over one server with trouble, then one that answers. */
async function setUp(trouble: Reply, lane: Record<string, unknown> = {}): Promise<TestGateway> {
  const servers = [];
  for (const answer of [trouble, json(200, completion('from b'))]) {
    const server = await startFakeUpstream(chatScript(() => answer));
    running.push({ stop: () => server.close() });
    servers.push(server.url);
  }
  const laneway = await startGateway({ config: laneOver(servers, lane) });
  running.push(laneway);
  return laneway;
}

const openAi = (message: string, code: string | null = null): object => ({
  error: { message, type: 'x', param: null, code },
});

test.each([
  [
    '413 of a token limit',
    json(413, openAi('Limit 8000 tokens per minute (TPM)', 'rate_limit_exceeded')),
    'rate_limited',
    429,
    'upstream_rate_limited',
  ],
  [
    '413 of a proxy',
    text(413, '<html>413 Request Entity Too Large</html>'),
    'too_large',
    413,
    'request_too_large',
  ],
  ['408', json(408, openAi('Your request timed out')), 'unanswered', 504, 'upstream_timeout'],
  ['409', json(409, openAi('conflict')), 'busy', 503, 'upstream_busy'],
  ['423', json(423, openAi('locked')), 'busy', 503, 'upstream_busy'],
  ['425', text(425, ''), 'busy', 503, 'upstream_busy'],
  [
    'a GPU without memory',
    json(500, openAi('CUDA error: out of memory')),
    'out_of_memory',
    503,
    'upstream_out_of_memory',
  ],
  [
    'a machine without memory',
    json(500, { error: 'model requires more system memory (5.0 GiB) than is available (3.9 GiB)' }),
    'out_of_memory',
    503,
    'upstream_out_of_memory',
  ],
] as const)(
  '%s of one target: the next one answers; alone it is an error of its own',
  async (_name, reply, cls, status, code) => {
    const laneway = await setUp(reply);
    const answer = await laneway.chat({ model: 'main' });
    expect(answer.headers.get('x-laneway-target')).toBe('b/m');
    expect((await laneway.trace(answer)).attempts[0]?.class).toBe(cls);
    const alone = await laneway.chat({ model: 'a/m' });
    expect(alone.status).toBe(status);
    expect(await alone.json()).toMatchObject({ error: { code } });
  },
);

test('out of memory opens the breaker at once, and an event says so', async () => {
  const laneway = await setUp(json(500, openAi('ggml: failed to allocate Vulkan0 buffer')));
  await laneway.chat({ model: 'main' });
  const health = (await laneway.get('/api/debug/health')) as { targets: Record<string, unknown>[] };
  expect(health.targets).toContainEqual(
    expect.objectContaining({
      target: 'a/m',
      code: 'breaker_open',
      last_error: expect.objectContaining({ class: 'out_of_memory' }),
    }),
  );
  const controller = new AbortController();
  const events = await fetch(`${laneway.url}/api/events`, {
    headers: { 'last-event-id': 'from-before' },
    signal: controller.signal,
  });
  let seen = '';
  for await (const chunk of events.body as unknown as AsyncIterable<Uint8Array>) {
    seen += Buffer.from(chunk).toString();
    if (seen.includes('breaker_open')) break;
  }
  controller.abort();
  expect(seen).toMatch(/event: health\ndata: .*"a\/m".*"breaker_open".*ran out of memory/);
});

test.each([
  ['stop', 400],
  ['next', 200],
])("a refusal of the provider's filter follows the lane's on_content_policy: %s", async (rule, status) => {
  const words = 'The response was filtered by the content management policy.';
  const laneway = await setUp(json(400, openAi(words, 'content_filter')), { on_content_policy: rule });
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.status).toBe(status);
  const body = (await answer.json()) as { error?: { code: string; message: string } };
  if (status === 400) {
    expect(body.error?.code).toBe('content_filter');
    expect(body.error?.message).toContain(words);
  }
  expect((await laneway.trace(answer)).attempts[0]?.class).toBe('content_policy');
});

test.each([500, 501, 502, 503, 404])(
  "an error never seen before shows the server's words in message, trace and log: %i",
  async (status) => {
    const words = 'the flux capacitor of model slot 7 is empty';
    const laneway = await setUp(json(status, openAi(words)));
    const alone = await laneway.chat({ model: 'a/m' });
    expect(await alone.json()).toMatchObject({ error: { message: expect.stringContaining(words) } });
    expect((await laneway.trace(alone)).attempts[0]?.message).toContain(words);
    // A fault of the request itself is in the trace, not in the log.
    if (status >= 500) expect(laneway.log.map(({ message }) => message).join('\n')).toContain(words);
  },
);
