import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { SMOL, startEngineGateway, TINY, type EngineGateway } from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';

/** A change of the folder is noticed after it has settled. */
const NOTICED_MS = 30_000;

// A network file system that goes away for a moment, or somebody who tidies up the folder.

describeWithEngine('a model whose file disappears while it streams, with a router of Laneway’s', () => {
  let laneway: EngineGateway;
  const statusOf = async (model: string): Promise<number> => {
    const reply = await laneway.chat({ model });
    await reply.text();
    return reply.status;
  };
  /** Not so often that the question slows the stream down. */
  const untilStatus = async (status: number): Promise<void> => {
    for (const began = performance.now(); (await statusOf(SMOL)) !== status;) {
      if (performance.now() - began > NOTICED_MS) throw new Error(`it is not ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  beforeAll(async () => {
    laneway = await startEngineGateway('own router', { pool: { budget_gb: 1 } });
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    'ends its reply, also while another model is loaded, and is back with its file',
    { timeout: 120_000 },
    async () => {
      const file = join(laneway.gateway.folder, 'models', 'smol.gguf');
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 500, ignore_eos: true });
      renameSync(file, `${file}.away`);
      await untilStatus(404);
      expect(await statusOf(TINY)).toBe(200);
      const text = await stream.text();
      expect(text).toContain('[DONE]');
      expect(text).not.toContain('"error"');
      renameSync(`${file}.away`, file);
      await untilStatus(200);
    },
  );
});
