import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SMOL, startEngineGateway, TINY, type EngineGateway } from '../support/engines/engine-gateway.ts';
import { skipReason } from '../support/engines/engines.ts';
import { memoryGroup } from '../support/engines/memory-group.ts';

// A router reports a server that the kernel has killed as one that ended with exit code 1, as of a broken file.

const group = skipReason === null ? memoryGroup(`laneway-test-${process.pid}`, 64 * 2 ** 20) : null;
const why =
  skipReason ?? (group === null ? 'no control group with a limit of memory can be made here' : null);

describe.skipIf(why !== null)(`a server that the kernel kills${why === null ? '' : ` (${why})`}`, () => {
  let laneway: EngineGateway;
  beforeAll(async () => {
    const models = { [SMOL]: { context: 8192 } };
    laneway = await startEngineGateway('own router', {
      ...{ models, pool: { budget_gb: 1 } },
      ...(group === null ? {} : { group: group.folder }),
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await group?.remove();
  });

  test('is out of memory, and a model that takes less is served', { timeout: 60_000 }, async () => {
    const reply = await laneway.chat({ model: SMOL });
    const { error } = (await reply.json()) as { error: { code: string; message: string } };
    expect([reply.status, error.code]).toEqual([503, 'upstream_out_of_memory']);
    expect(error.message).toContain('the system has killed a program because memory ran out');
    expect((await laneway.chat({ model: TINY })).status).toBe(200);
  });
});
