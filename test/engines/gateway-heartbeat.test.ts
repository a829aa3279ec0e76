import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { startRouterServer } from '../support/engines/router-server.ts';
import { startGateway } from '../support/gateway.ts';
import { ggufFile, llamaShape } from '../support/gguf.ts';
import { folder } from './gguf/files.ts';

/** Longer than the first heartbeat of a stream takes (10 s). */
const LOAD_MS = 11_500;
const SERVER = join(import.meta.dirname, '..', 'support', 'engines', 'slow-server.mjs');

test(
  'a stream that waits for its model gets heartbeats with the progress of the load',
  { timeout: 60_000 },
  async () => {
    const files = folder();
    writeFileSync(join(files, 'm.gguf'), ggufFile(llamaShape()));
    const laneway = await startGateway({
      engines: { PATH: process.env['PATH'] },
      config: {
        default_lane: 'main',
        providers: {
          l: {
            type: 'llamacpp',
            models_dir: files,
            engine: { command: [process.execPath, SERVER, '{port}', String(LOAD_MS)] },
          },
        },
        lanes: { main: { preferred: ['l/m'], wait_while_loading: true } },
      },
    });
    onTestFinished(() => laneway.stop());
    await Promise.all([laneway.app.engines.start(), laneway.app.modelFolders.settled()]);
    await expect
      .poll(async () => JSON.stringify(await laneway.get('/v1/models')), { timeout: 5_000 })
      .toContain('l/m');
    const reply = await laneway.chat({ model: 'lane:main', stream: true });
    const text = await reply.text();
    expect(text).toMatch(/^: loading \d+ %$/m);
    expect(text.match(/"finish_reason":"stop"/g)).toHaveLength(1);
    expect(text).toContain('data: [DONE]');
  },
);

test(
  'a stream that waits since another model has to stay says so, and so do the pools',
  { timeout: 60_000 },
  async () => {
    const { upstream } = await startRouterServer('big', 'small');
    onTestFinished(() => upstream.close());
    const laneway = await startGateway({
      engines: {},
      config: {
        default_lane: 'main',
        providers: { r: { type: 'llamacpp', base_url: upstream.url } },
        pools: { local: { budget_gb: 0.7, reserve_gb: 0, min_residency_s: 14 } },
        models: {
          'r/big': { capabilities: { memory_gb_estimate: 0.6 } },
          'r/small': { capabilities: { memory_gb_estimate: 0.2 } },
        },
        lanes: { main: { preferred: ['r/small'] } },
      },
    });
    onTestFinished(() => laneway.stop());
    await laneway.app.engines.start();
    expect((await laneway.chat({ model: 'r/small' })).status).toBe(200);
    const streamed = laneway.chat({ model: 'r/big', stream: true });
    const stays = /^r\/small stays in memory for another \d+ s \(min_residency_s\)$/;
    await expect
      .poll(() => laneway.get('/api/pools'), { timeout: 5_000 })
      .toMatchObject({
        pools: [{ waiting: [{ model: 'r/big', requests: 1, reason: expect.stringMatching(stays) }] }],
      });
    const text = await (await streamed).text();
    expect(text).toMatch(
      /^: waiting for r\/big; r\/small stays in memory for another \d s \(min_residency_s\)$/m,
    );
    expect(text).toContain('data: [DONE]');
  },
);
