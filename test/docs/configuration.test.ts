import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { faultLines, inDirectory, SHIPPED } from '../config/files.ts';
import { blocksOf, codeWords, read, rowsOf, section } from './pages.ts';

const README = read('README.md');
const CONFIGURATION = section(README, '## Configuration');

test('the example of a user_models.json loads over the shipped file, without a warning, and does what it says', () => {
  const examples = blocksOf(README).filter(({ role }) => role.startsWith('config/'));
  expect(examples.map(({ role }) => role)).toEqual(['config/user_models.json']);
  const user = examples[0]?.text ?? '';
  const config = inDirectory({ user }, (root) =>
    loadConfig({
      directory: join(root, 'config'),
      shippedDirectory: SHIPPED,
      providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
    }),
  );
  expect(config.warnings).toEqual([]);
  expect(config).toMatchObject(JSON.parse(user) as object);
  expect(config.nodes['evaluate']?.model).toBeNull();
});

test('the table of variables is .env.example', () => {
  const table = Object.fromEntries(rowsOf(CONFIGURATION).map(([name = '', value = '']) => [name, value]));
  expect(table).toEqual({ ...parseEnv(read('.env.example')) });
});

test('the provider types are those that there are', () => {
  const sentence = /^Provider types: (.*?)\. /m.exec(CONFIGURATION)?.[1] ?? '';
  expect(codeWords(sentence).toSorted()).toEqual(
    PROVIDER_TYPES.map(({ settings }) => settings.type).toSorted(),
  );
});

test('a misspelt key is told as the README quotes it', () => {
  const lines = faultLines({ user: { lanes: { coder: { prefered: [] } } } });
  const quoted = codeWords(CONFIGURATION).find((word) => word.includes('did you mean')) ?? 'no such quote';
  expect(lines).toEqual([`config/user_models.json: ${quoted}`]);
});

test('the shipped file has as many lanes and nodes as the README says, and the default lane is named', () => {
  const {
    lanes,
    nodes,
    default_lane: lane,
  } = JSON.parse(read('config/models.json')) as {
    lanes: object;
    nodes: object;
    default_lane: string;
  };
  const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
  const counts = [lanes, nodes].map((part) => words[Object.keys(part).length] ?? 'many');
  expect(README).toContain(`has ${counts[0]} lanes and ${counts[1]} nodes`);
  expect(README).toContain(`the default lane \`${lane}\``);
});
