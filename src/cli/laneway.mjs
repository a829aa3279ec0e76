#!/usr/bin/env node
// The command `laneway`, on the pinned Node as every npm script. Plain JavaScript for Node 18 and up.
import { isBuilt, program } from '../../scripts/built.mjs';
import { runOnPinnedNode } from '../../scripts/pinned-node.mjs';

runOnPinnedNode([program('cli', isBuilt()), ...process.argv.slice(2)]);
