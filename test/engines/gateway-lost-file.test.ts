import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { until } from '../support/engines/drivers.ts';
import { SMOL, startEngineGateway, TINY, type EngineGateway } from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';

// A network file system that goes away for a moment, or somebody who tidies up the folder.

describeWithEngine('a model whose file disappears while it streams, with a router of Laneway’s', () => {
  let laneway: EngineGateway;
  const statusOf = async (model: string): Promise<number> => {
    const reply = await laneway.chat({ model });
    await reply.text();
    return reply.status;
  };
  beforeAll(async () => {
    laneway = await startEngineGateway('own router', { pool: { budget_gb: 1 } });
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    'ends its reply, also while another model is loaded, and is back with its file',
    { timeout: 60_000 },
    async () => {
      const file = join(laneway.gateway.folder, 'models', 'smol.gguf');
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 900, ignore_eos: true });
      renameSync(file, `${file}.away`);
      await until(async () => (await statusOf(SMOL)) === 404, 20_000);
      expect(await statusOf(TINY)).toBe(200);
      const text = await stream.text();
      expect(text).toContain('[DONE]');
      expect(text).not.toContain('"error"');
      renameSync(`${file}.away`, file);
      await until(async () => (await statusOf(SMOL)) === 200, 20_000);
    },
  );
});
