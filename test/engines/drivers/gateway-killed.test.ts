import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { endOrphans, engineToken } from '../../../src/engines/drivers/processes/orphans.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { processesWith, table } from '../../support/engines/drivers.ts';
import { describeWithEngine, findLlamaServer, modelFile } from '../../support/engines/engines.ts';

describeWithEngine('after a kill -9 of the gateway', () => {
  test('the next one finds the servers that it had started, also one that was loading, and ends them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'laneway-killed-'));
    const token = await engineToken(folder);
    const script = join(import.meta.dirname, '../../support/engines/crashing-gateway.ts');
    const args = [script, token, folder, findLlamaServer() ?? '', dirname(modelFile('tiny-random'))];
    const gateway = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(gateway.stdout, 'data');
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    expect((await processesWith(token)).length).toBeGreaterThan(0);
    const report = await endOrphans(table, token, systemTime);
    expect(report.left).toEqual([]);
    expect(report.ended).toBeGreaterThan(0);
    expect(await processesWith(token)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
