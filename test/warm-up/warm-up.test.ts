import { expect, onTestFinished, test, vi } from 'vitest';
import { completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { chatScript } from '../support/model-list.ts';
import { WarmUp } from '../../src/warm-up/warm-up.ts';
import { SHORT, warm } from './gateway.ts';

async function gateway(config: Readonly<Record<string, unknown>> = {}): Promise<TestGateway> {
  const started = await startGateway({ config: { ...laneOver([]), lanes: { main: {} }, ...config } });
  onTestFinished(() => started.stop());
  return started;
}

/** Everything that an operator can look at, without what changes by itself. */
async function views({ url, get, log, app }: TestGateway): Promise<unknown> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return {
    metrics: metrics.split('\n').filter((line) => !/process|nodejs|event_loop/.test(line)),
    requests: await get('/api/debug/requests'),
    refused: await get('/api/debug/requests?state=refused'),
    models: await get('/v1/models'),
    health: await get('/api/debug/health').then((view) => JSON.stringify(view).replaceAll(/\d+/g, '')),
    log: [...log],
    generation: app.registry.snapshot.generation,
  };
}

test('nothing of the warm-up is in traces, metrics, models, health or the log', async () => {
  const started = await gateway();
  const before = await views(started);
  const publish = vi.spyOn(started.app.events, 'publish');
  const warmUp = warm(started);
  await warmUp.done;
  expect(warmUp.answered).toBe(SHORT.requests);
  expect(await views(started)).toEqual(before);
  expect(publish).not.toHaveBeenCalled();
});

test('no socket, server or timer of the warm-up is left at its end', async () => {
  const started = await gateway();
  // The timers that check deadlines stop at their next turn.
  const kept = async (kind: RegExp): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return process.getActiveResourcesInfo().filter((name) => kind.test(name)).length;
  };
  const before = { sockets: await kept(/TCP/), timers: await kept(/Timeout/) };
  await warm(started).done;
  expect(await kept(/TCP/)).toBe(before.sockets);
  expect(await kept(/Timeout/)).toBeLessThanOrEqual(before.timers);
});

test.each([
  ['the gateway wants a key', {}, { adminToken: 'secret-token', dataPlane: 'closed' }],
  ['no cloud is permitted', { defaults: { cloud: false } }, {}],
  ['assignments are fixed', { runtime_switching: false }, {}],
] as const)('it works where %s', async (_, config, access) => {
  const warmUp = warm(await gateway(config), SHORT, access);
  await warmUp.done;
  expect(warmUp.answered).toBe(SHORT.requests);
});

test('a request during the warm-up is answered, and nothing is sent until there has been none for a while', async () => {
  const upstream = await startFakeUpstream(chatScript(() => json(200, completion('Hello.'))));
  onTestFinished(() => upstream.close());
  const started = await startGateway({ config: laneOver([upstream.url]) });
  onTestFinished(() => started.stop());
  const warmUp = warm(started, { ...SHORT, requests: 1_000_000 });
  await vi.waitFor(() => expect(warmUp.answered).toBeGreaterThan(3));
  const requests = Array.from({ length: 10 }, async () => {
    const reply = await started.chat({ model: 'a/m' });
    expect(reply.status).toBe(200);
    return warmUp.answered;
  });
  const answered = await Promise.all(requests);
  // At most the one that was being sent.
  expect(Math.max(...answered) - Math.min(...answered)).toBeLessThanOrEqual(1);
  await vi.waitFor(() => expect(warmUp.answered).toBeGreaterThan(Math.max(...answered) + 1));
  await warmUp.stop();
  expect(upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(10);
});

test('a gateway that finds no port for its warm-up works without', async () => {
  const started = await gateway();
  const noPort = (): Promise<never> => Promise.reject(new Error('listen EADDRNOTAVAIL'));
  const { server } = started.app.server;
  const listeners = server.listenerCount('request');
  const warmUp = new WarmUp({
    ...{ server, running: () => 0, config: started.app.reloader.current(), token: null },
    ...{ build: noPort, times: SHORT },
  });
  await warmUp.done;
  expect(warmUp.answered).toBe(0);
  expect(server.listenerCount('request')).toBe(listeners);
});

test('the shutdown ends a warm-up that has just begun, is waiting, or is sending', async () => {
  const started = await gateway();
  await warm(started).stop();
  const waiting = warm(started, { ...SHORT, quietMs: 3_600_000 });
  await waiting.stop();
  expect(waiting.answered).toBe(0);
  const sending = warm(started, { ...SHORT, requests: 1_000_000 });
  await vi.waitFor(() => expect(sending.answered).toBeGreaterThan(0));
  await sending.stop();
});
