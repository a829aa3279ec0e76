import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { freeLoopbackPort } from '../../src/engines/drivers/processes/free-port.ts';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { table } from '../support/engines/drivers.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';

const SERVER = join(import.meta.dirname, '../support/engines/whole-server.mjs');

/** A server that Laneway starts by a command and that does not run, and another one in place of a cloud. */
async function start(): Promise<TestGateway> {
  const port = await freeLoopbackPort();
  const cloud = await startFakeUpstream((request) =>
    request.method === 'GET' ? json(200, { object: 'list', data: [] }) : json(200, completion('hello')),
  );
  onTestFinished(() => cloud.close());
  const gateway = await startGateway({
    engines: {},
    config: {
      default_lane: 'main',
      providers: {
        v: {
          type: 'vllm',
          base_url: `http://127.0.0.1:${port}/v1`,
          engine: { start: [process.execPath, SERVER, String(port)], stop_s: 1 },
        },
        cloud: { type: 'openai_compatible', base_url: `${cloud.url}/v1`, local: true },
      },
      pools: { local: { budget_gb: 100, reserve_gb: 0, min_residency_s: 0 } },
      models: { 'v/served': { capabilities: { memory_gb_estimate: 1 } } },
      lanes: {
        main: { preferred: ['v/served'], cloud_fallback: ['cloud/m'] },
        patient: { preferred: ['v/served'], cloud_fallback: ['cloud/m'], wait_while_loading: true },
      },
    },
  });
  onTestFinished(async () => {
    // It would outlive the gateway.
    await fetch(`${gateway.url}/api/engines/v/models/served/unload`, { method: 'POST' });
    await gateway.stop();
  });
  await gateway.app.engines.start();
  return gateway;
}

const targetOf = (reply: Response): string | null => reply.headers.get('x-laneway-target');

test.skipIf(!table.isReadable)(
  'is started for a lane that waits while a model loads, whatever its cloud',
  async () => {
    const gateway = await start();
    const reply = await gateway.chat({ model: 'patient' });
    expect([reply.status, targetOf(reply)]).toEqual([200, 'v/served']);
  },
);

test.skipIf(!table.isReadable)(
  'is started in idle after a request has gone to the cloud, and serves the next ones',
  async () => {
    const gateway = await start();
    expect(targetOf(await gateway.chat({ model: 'main' }))).toBe('cloud/m');
    const later = async (): Promise<string | null> => targetOf(await gateway.chat({ model: 'main' }));
    await expect.poll(later, { timeout: 15_000 }).toBe('v/served');
  },
);
