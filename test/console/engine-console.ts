import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { test } from 'vitest';

import { findLlamaServer, freePort, modelFile, skipReason } from '../support/engines/engines.ts';
import { ggufFile, llamaShape } from '../support/gguf.ts';
import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

/** A file that looks like a model until llama-server loads it. */
export const BROKEN = 'no-tokenizer';

/** A file that is cut short. */
export const CUT = 'cut-short';

/** Tests that need a browser and llama-server; without one they are skipped, and the title says so. */
export function describeWithEngineConsole(title: string, tests: () => void): void {
  describeWithBrowser(skipReason === null ? title : `${title} (${skipReason})`, () => {
    if (skipReason === null) tests();
    else test.skip(skipReason, () => undefined);
  });
}

/** The console of a gateway that runs a real llama-server over a folder of models, none of them loaded. */
export async function openEngineConsole(): Promise<OpenConsole> {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-engine-console-'));
  const [bin, models] = [join(folder, 'bin'), join(folder, 'models')];
  for (const each of [bin, models]) mkdirSync(each);
  // One thread, since its threads spin; it dies with the test process.
  const program = `#!/bin/sh\nexec setpriv --pdeathsig KILL '${findLlamaServer() ?? ''}' --threads 1 "$@"\n`;
  writeFileSync(join(bin, 'llama-server'), program, { mode: 0o755 });
  for (const model of ['tiny-random', 'smollm2-135m'] as const)
    symlinkSync(modelFile(model), join(models, `${model}.gguf`));
  writeFileSync(join(models, `${BROKEN}.gguf`), ggufFile(llamaShape()));
  writeFileSync(join(models, `${CUT}.gguf`), ggufFile(llamaShape()).subarray(0, 100));
  const shown = await openConsole({
    config: {
      default_lane: 'main',
      providers: {
        local: { type: 'llamacpp', base_url: `http://127.0.0.1:${await freePort()}`, models_dir: models },
      },
      lanes: { main: { preferred: ['local/tiny-random'] } },
      nodes: {},
    },
    engines: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  const { engines, modelFolders } = shown.gateway.app;
  await Promise.all([engines.start(), modelFolders.settled()]);
  return {
    ...shown,
    stop: async () => {
      await shown.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
