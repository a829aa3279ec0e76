// Generates docs/commands.md from src/cli (npm run commands). A test fails while the page is outdated.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processPorts } from '../src/cli/process-ports.ts';
import { buildProgram } from '../src/cli/program.ts';
import { commandReference } from '../src/cli/reference.ts';

const program = buildProgram(
  processPorts({}, undefined, {
    providerTypes: async () => [],
    checkProviders: async () => [],
  }),
  '',
);
writeFileSync(join(import.meta.dirname, '..', 'docs', 'commands.md'), commandReference(program));
