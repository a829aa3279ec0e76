import { afterEach, describe, expect, test } from 'vitest';

import { hang, reset, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, type FakeKind } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(kind: FakeKind, reply: Reply): Promise<TestGateway> {
  const upstream = await startFakeUpstream(chatScript(() => reply));
  running.push({ stop: () => upstream.close() });
  const config = laneOfKinds([{ kind, url: upstream.url }], { deadlines: { idle_s: 0.2 } });
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push(laneway);
  return laneway;
}

/** Its finish reason has come, and neither an end mark nor the end of the body. */
const unclosed = sse(chunks('Hello'), { end: false });

describe.each([
  ['falls silent', [...unclosed, hang()]],
  ['breaks its connection', [...unclosed, reset()]],
] as [string, Reply][])('wire case 4: a server that has finished and then %s', (_name, reply) => {
  test('has given a whole stream, in either wire', async () => {
    const laneway = await setUp('openai_compatible', reply);
    const chat = await laneway.chat({ model: 'main', stream: true });
    const text = await chat.text();
    expect(text).toContain('Hello');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text).not.toContain('error');
    const messages = await fetch(`${laneway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'main',
        max_tokens: 9,
        stream: true,
        messages: [{ role: 'user', content: 'x' }],
      }),
    });
    expect(await messages.text()).toContain('message_stop');
    expect(await laneway.trace(messages)).toMatchObject({ state: 'settled', attempts: [{ class: null }] });
  });

  test.each(['openai_compatible', 'streams_only'] as const)(
    'has given a whole reply where none was wanted as a stream (%s)',
    async (kind) => {
      const laneway = await setUp(kind, reply);
      const answer = await laneway.chat({ model: 'main' });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
    },
  );
});
