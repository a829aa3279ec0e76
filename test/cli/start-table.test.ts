import { expect, test } from 'vitest';

import { startTable } from '../../src/cli/start-table.ts';

const EMPTY = {
  ...{ version: '1', url: 'http://127.0.0.1:1', allNetworks: false, providers: [], exampleModel: 'auto' },
  ...{ ollamaUrl: null, demo: false, token: null, nextStep: null },
};
const table = (warnings: number): string => startTable({ ...EMPTY, warnings });

test('warnings that have scrolled away above the start table are counted below its rows', () => {
  expect(table(0)).not.toContain('warning');
  expect(table(1)).toContain('1 warning is in the log above');
  expect(table(3)).toContain('3 warnings are in the log above');
});

test('the start table names the directories in use, and that one of the configuration is missing', () => {
  const directories = {
    config: '/home/me/.config/laneway',
    data: '/home/me/.local/state/laneway',
    dataUsable: true,
  };
  const printed = startTable({ ...EMPTY, directories: { ...directories, configExists: true } });
  expect(printed).toContain('\n  Configuration:  /home/me/.config/laneway\n');
  expect(printed).toContain('\n  State:          /home/me/.local/state/laneway\n');
  expect(startTable({ ...EMPTY, directories: { ...directories, configExists: false } })).toContain(
    '/home/me/.config/laneway (not there yet: the shipped configuration is used)\n',
  );
});

test('a state directory that cannot be used is marked in the start table', () => {
  const directories = { config: '/c', configExists: true, data: '/d', dataUsable: false };
  expect(startTable({ ...EMPTY, directories })).toContain(
    '\n  State:          /d (not used: see the warning above)\n',
  );
});
