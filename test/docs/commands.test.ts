import { expect, test } from 'vitest';
import { processPorts } from '../../src/cli/process-ports.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { commandReference } from '../../src/cli/reference.ts';
import { read } from './pages.ts';

test('docs/commands.md is up to date (npm run commands generates it)', () => {
  const program = buildProgram(
    processPorts({}, undefined, {
      providerTypes: async () => [],
      checkProviders: async () => [],
    }),
    '',
  );
  expect(read('docs/commands.md')).toBe(commandReference(program));
});
