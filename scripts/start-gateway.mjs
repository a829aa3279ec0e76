// Starts the gateway from dist/, which is built first when it is missing or older than its sources.
// Plain JavaScript for Node 18 and up.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { isBuilt, program } from './built.mjs';
import { findNode, runOnPinnedNode } from './pinned-node.mjs';

/** Takes the place of this process. `args`: those of the gateway. */
export function startGateway(args) {
  const node = findNode();
  let built = isBuilt();
  if (!built) {
    console.error('building dist/: a few seconds, only after the sources have changed');
    const script = fileURLToPath(new URL('build.mjs', import.meta.url));
    const { status } = spawnSync(node, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
    built = status === 0;
    if (!built) console.error('starting from the sources, which takes longer: the build failed');
  }
  runOnPinnedNode([program('main', built), ...args]);
}
