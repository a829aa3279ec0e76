// Starts the gateway from dist/, which is built first when it is missing or older than its sources.
// Plain JavaScript for Node 18 and up.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { isBuilt, program } from './built.mjs';
import { findNode, runOnPinnedNode } from './pinned-node.mjs';
import { NODE_FLAGS, VARIABLES } from './process-options.mjs';

/** Takes the place of this process. `args`: those of the gateway. */
export function startGateway(args) {
  const node = findNode();
  const built = isBuilt() || build(node);
  for (const [name, value] of Object.entries(VARIABLES)) {
    if (process.env[name] === undefined) process.env[name] = value;
  }
  runOnPinnedNode([...NODE_FLAGS, program('main', built), ...args]);
}

/** Whether it has worked. */
function build(node) {
  const fallback = 'starting from the sources, which takes longer:';
  if (!existsSync(new URL('../node_modules/rolldown', import.meta.url))) {
    console.error(`${fallback} without the development packages nothing can be built`);
    return false;
  }
  console.error('building dist/: a few seconds, only after the sources have changed');
  const script = fileURLToPath(new URL('build.mjs', import.meta.url));
  const { status } = spawnSync(node, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) console.error(`${fallback} the build failed`);
  return status === 0;
}
