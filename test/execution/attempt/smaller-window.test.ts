import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function upstream(answer: (limit: number) => Reply): Promise<FakeUpstream> {
  const script = chatScript(({ body }) => {
    const { max_tokens: limit = 0 } = JSON.parse(body.toString()) as { max_tokens?: number };
    return answer(limit);
  });
  const server = await startFakeUpstream(script);
  running.push({ stop: () => server.close() });
  return server;
}

/** A server with a window of 4,096 tokens that it does not list, in the words of vLLM. */
const small =
  (input: number) =>
  (limit: number): Reply =>
    input + limit <= 4_096
      ? json(200, completion('from the small one'))
      : json(400, {
          error: {
            message:
              `This model's maximum context length is 4096 tokens. However, you requested ${input + limit} tokens ` +
              `(${input} in the messages, ${limit} in the completion).`,
            type: 'invalid_request_error',
          },
        });

async function laneOf(input: number): ReturnType<typeof startGateway> {
  const servers = [
    await upstream(small(input)),
    await upstream(() => json(200, completion('from the dear one'))),
  ];
  const laneway = await startGateway({ config: laneOver(servers.map(({ url }) => url)) });
  running.push(laneway);
  return laneway;
}

test('a server that refuses only the output limit is asked once more with a lower one, not passed over', async () => {
  const laneway = await laneOf(20);
  const answer = await laneway.chat({ model: 'main', max_tokens: 32_000 });
  expect([answer.status, answer.headers.get('x-laneway-target')]).toEqual([200, 'a/m']);
  expect(answer.headers.get('x-laneway-warnings')).toMatch(/^parameter_changed=max_tokens/);
  const { attempts } = await laneway.trace(answer);
  expect(attempts).toMatchObject([{ target: 'a/m', class: 'context_overflow' }, { target: 'a/m' }]);
  const next = await laneway.chat({ model: 'main', max_tokens: 32_000 });
  expect(next.headers.get('x-laneway-target')).toBe('a/m');
});

test('a prompt that is itself too long goes on to the next target at once', async () => {
  const laneway = await laneOf(5_000);
  const answer = await laneway.chat({ model: 'main', max_tokens: 32_000 });
  expect(answer.headers.get('x-laneway-target')).toBe('b/m');
  const { attempts } = await laneway.trace(answer);
  expect(attempts).toHaveLength(2);
});
