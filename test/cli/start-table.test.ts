import { expect, test } from 'vitest';

import { startTable } from '../../src/cli/start-table.ts';

const table = (warnings: number): string =>
  startTable({
    ...{ version: '1', url: 'http://127.0.0.1:1', allNetworks: false, providers: [], exampleModel: 'auto' },
    ...{ ollamaUrl: null, demo: false, token: null, nextStep: null, warnings },
  });

test('warnings that have scrolled away above the start table are counted below its rows', () => {
  expect(table(0)).not.toContain('warning');
  expect(table(1)).toContain('1 warning is in the log above');
  expect(table(3)).toContain('3 warnings are in the log above');
});
