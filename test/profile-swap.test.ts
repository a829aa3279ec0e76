import { afterEach, expect, test } from 'vitest';

import { call, ended, stopAll } from './http/operator.ts';
import { chunk, lastChunk, sse, until } from './support/fake-replies.ts';
import { startFakeUpstream } from './support/fake-upstream.ts';
import { chunks, laneOver, startGateway } from './support/gateway.ts';
import { chatScript } from './support/model-list.ts';

afterEach(stopAll);

const WORDS = Array.from({ length: 20 }, (_, index) => `w${index} `);

/** A server whose streams bear its name, and stop half-way until they are released. */
async function server(name: string, released: Promise<unknown>): Promise<string> {
  const events = chunks(...WORDS).map((event) => event.replace('chatcmpl-1', `chatcmpl-${name}`));
  const rest = [...events.slice(10), '[DONE]'].map((event) => chunk(`data: ${event}\n\n`));
  const reply = [...sse(events.slice(0, 10), { end: false }), until(released), ...rest, lastChunk()];
  const upstream = await startFakeUpstream(chatScript(() => reply));
  ended({ stop: () => upstream.close() });
  return upstream.url;
}

test('profiles are swapped under 50 open streams: each ends whole, from one model, and each swap is one generation', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const gateway = ended(
    await startGateway({
      config: laneOver([await server('a', released), await server('b', released)]),
      files: {
        'user_profiles/day.json': { lanes: { main: { preferred: ['b/m'] } } },
        'user_profiles/night.json': { nodes: { evaluate: { model: 'a/m' } } },
      },
    }),
  );
  const stream = async (): Promise<{ generation: number; target: string; text: string }> => {
    const reply = await gateway.chat({ model: 'evaluate', stream: true });
    const header = (name: string): string => reply.headers.get(`x-laneway-${name}`) ?? '';
    return { generation: Number(header('generation')), target: header('target'), text: await reply.text() };
  };
  const first = Array.from({ length: 25 }, stream);
  await expect.poll(() => gateway.app.recorder.running).toBe(25);
  const swaps: Record<string, unknown>[] = [];
  const swap = async (path: string): Promise<void> => {
    swaps.push((await call(gateway, 'POST', `/api/profiles/${path}`)).body);
  };
  await swap('day/activate');
  const second = Array.from({ length: 25 }, stream);
  await expect.poll(() => gateway.app.recorder.running).toBe(50);
  await swap('night/activate');
  await swap('deactivate');
  await swap('day/activate');
  expect(swaps).toEqual([
    { active: 'day', generation: 2, warnings: [] },
    { active: 'night', generation: 3, warnings: [] },
    { active: null, generation: 4 },
    { active: 'day', generation: 5, warnings: [] },
  ]);
  expect(gateway.app.recorder.running).toBe(50);
  release(undefined);
  const whole = { a: [1, 'a/m'], b: [2, 'b/m'] } as const;
  for (const [streams, name] of [
    [first, 'a'],
    [second, 'b'],
  ] as const) {
    for (const { generation, target, text } of await Promise.all(streams)) {
      expect([generation, target]).toEqual(whole[name]);
      for (const word of WORDS) expect(text).toContain(`"${word}"`);
      expect(text.match(/chatcmpl-(\w)/g)?.every((id) => id === `chatcmpl-${name}`)).toBe(true);
      expect(text).toMatch(/data: \[DONE\]\n\n$/);
    }
  }
  const { entries } = (await gateway.get('/api/audit')) as { entries: { action: string }[] };
  expect(entries.filter(({ action }) => action === 'profile')).toHaveLength(4);
});
