import { expect, test } from 'vitest';

import { SilenceProbes, type SilentStream } from '../../../src/execution/attempt/silence-probes.ts';
import { failureOf } from '../../../src/protocol/failure.ts';
import { ProbeError, type Provider } from '../../../src/providers/provider.ts';

const refusal = new ProbeError(failureOf('not_sent', 'upstream_connect', 'refused the connection'), {
  refused: true,
});
const unreachable = new ProbeError(failureOf('not_sent', 'upstream_connect', 'was unreachable'));

/** A server that answers its probes one after another; null: with a list. */
function server(answers: (Error | null)[]): { provider: Provider; probes: () => number } {
  let probes = 0;
  const list = (): Promise<unknown> => {
    const answer = answers[probes];
    probes += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ models: [] });
  };
  return { provider: { identity: {}, list } as unknown as Provider, probes: () => probes };
}

interface FakeStream extends SilentStream {
  lastActivityAt: number;
  isSettled: boolean;
  ended: number;
}

function stream(provider: Provider): FakeStream {
  const fake = {
    ...{ provider, lastActivityAt: 0, isSettled: false, ended: 0 },
    serverVanished: () => {
      fake.ended += 1;
      fake.isSettled = true;
    },
  };
  return fake;
}

/** Probes for the streams after every 15 s of silence, as often as `times`. */
async function silence(streams: readonly FakeStream[], times: number): Promise<void> {
  let now = 0;
  const probes = new SilenceProbes(() => now);
  for (let time = 1; time <= times; time += 1) {
    now = time * 15_000;
    for (const one of streams) probes.probe(one);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('two refused connections in a row end a silent stream', async () => {
  const one = stream(server([refusal, refusal]).provider);
  await silence([one], 2);
  expect(one.ended).toBe(1);
});

test('a server that restarts between two refusals keeps its stream', async () => {
  const one = stream(server([refusal, null, refusal, null]).provider);
  await silence([one], 4);
  expect(one.ended).toBe(0);
});

test('a host that is not reached for a while is not a server that vanished', async () => {
  const one = stream(server([unreachable, unreachable, unreachable]).provider);
  await silence([one], 3);
  expect(one.ended).toBe(0);
});

test('a hundred silent streams of one server cause one probe at a time, and all end', async () => {
  const { provider, probes } = server([refusal, refusal]);
  const streams = Array.from({ length: 100 }, () => stream(provider));
  await silence(streams, 2);
  expect(probes()).toBe(2);
  expect(streams.every(({ ended }) => ended === 1)).toBe(true);
});

test('a stream that was heard between two refusals goes on', async () => {
  let now = 15_000;
  const one = stream(server([refusal, refusal]).provider);
  const probes = new SilenceProbes(() => now);
  probes.probe(one);
  await new Promise((resolve) => setImmediate(resolve));
  one.lastActivityAt = 20_000;
  now = 35_000;
  probes.probe(one);
  await new Promise((resolve) => setImmediate(resolve));
  expect(one.ended).toBe(0);
});

test('a stream that is heard while its probe runs goes on', async () => {
  let now = 0;
  const one = stream(server([refusal, refusal]).provider);
  const probes = new SilenceProbes(() => now);
  for (now = 15_000; now <= 30_000; now += 15_000) {
    probes.probe(one);
    if (now === 30_000) one.lastActivityAt = now;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(one.ended).toBe(0);
});
