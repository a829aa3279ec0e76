#!/usr/bin/env node
// The command `laneway`, in the repository and in its package: the gateway, or one of the verbs of the command line.
import { isBuilt, program, refuseIncompletePackage } from './built.mjs';
import { runOnPinnedNode } from './pinned-node.mjs';
import { startGateway } from './start-gateway.mjs';

const [verb, ...args] = process.argv.slice(2);
// `npx` with the package's file has no verb, and serves.
if (verb === undefined || verb === 'start') await startGateway(args);
else if (verb === 'demo') await startGateway(['--demo', ...args]);
else {
  refuseIncompletePackage(false);
  runOnPinnedNode([program('cli', isBuilt()), verb, ...args]);
}
