// Starts a program on the repository's own pinned Node, whatever Node the machine has.
//
//   node scripts/node.mjs [node options] PROGRAM [arguments]
import { runOnPinnedNode } from './pinned-node.mjs';

runOnPinnedNode(process.argv.slice(2));
