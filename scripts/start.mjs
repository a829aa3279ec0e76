// Starts the gateway from dist/, which is built first when it is missing or older than its sources.
//
//   node scripts/start.mjs [--demo]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { isBuilt, program } from './built.mjs';
import { findNode, runOnPinnedNode } from './pinned-node.mjs';
import { NODE_FLAGS, VARIABLES } from './process-options.mjs';

let built = isBuilt();
if (!built) {
  console.error('building dist/: a few seconds, only after the sources have changed');
  const script = fileURLToPath(new URL('build.mjs', import.meta.url));
  const { status } = spawnSync(findNode(), [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  built = status === 0;
  if (!built) console.error('starting from the sources, which takes longer: the build failed');
}
for (const [name, value] of Object.entries(VARIABLES)) process.env[name] ??= value;
runOnPinnedNode([...NODE_FLAGS, program('main', built), ...process.argv.slice(2)]);
