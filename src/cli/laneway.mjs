#!/usr/bin/env node
// The command `laneway`: starts main.ts on the pinned Node, as every npm script does. Plain JavaScript for Node 18 and up.
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, fileURLToPath(new URL('./main.ts', import.meta.url)));
await import('../../scripts/node.mjs');
