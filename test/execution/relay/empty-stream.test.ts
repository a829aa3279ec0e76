import { afterEach, expect, test } from 'vitest';

import { text } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { startGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, type FakeKind } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const EMPTY = [
  '',
  '\n\n',
  ': ping\n\n: ping\n\n',
  'data: [DONE]\n\n',
  ': ping\n\ndata: [DONE]\n\n',
  'event: x\n\n',
];
const CLIENTS = ['/v1/chat/completions', '/v1/messages', '/v1/completions'] as const;
const SERVERS: readonly FakeKind[] = ['openai_compatible', 'anthropic', 'streams_only'];

const CASES = CLIENTS.flatMap((path) =>
  SERVERS.flatMap((kind) => [true, false].map((stream) => [path, kind, stream] as const)),
).filter(([path, kind]) => path !== '/v1/completions' || kind === 'openai_compatible');

test.each(CASES)(
  'a stream without an event for %s from a server of type %s (stream: %s) is malformed, and the message says so',
  async (path, kind, stream) => {
    const servers: { url: string; kind: FakeKind }[] = [];
    for (const body of EMPTY) {
      const reply = text(200, body, { 'content-type': 'text/event-stream' });
      const upstream = await startFakeUpstream(chatScript(() => reply));
      running.push({ stop: () => upstream.close() });
      servers.push({ url: upstream.url, kind });
    }
    const laneway = await startGateway({
      config: laneOfKinds(servers),
      types: FAKE_TYPES,
      variables: FAKE_VARIABLES,
    });
    running.push(laneway);
    for (const [index, body] of EMPTY.entries()) {
      const question =
        path === '/v1/completions' ? { prompt: 'Hi' } : { messages: [{ role: 'user', content: 'Hi' }] };
      const reply = await fetch(laneway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: `${String.fromCharCode(97 + index)}/m`,
          max_tokens: 99,
          stream,
          ...question,
        }),
      });
      expect([body, reply.status]).toEqual([body, 502]);
      expect(await reply.text()).toContain('ended the connection before the first event');
      expect((await laneway.trace(reply)).attempts).toMatchObject([{ class: 'malformed' }]);
    }
  },
);
