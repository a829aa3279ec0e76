import { describe, expect, test } from 'vitest';

import { load } from '../config/files.ts';
import { blocksOf, read, rowsOf, section } from './pages.ts';

const PAGE = read('docs/engines.md');

describe.each(['docs/engines.md', 'docs/strix-halo.md'])('%s', (name) => {
  const blocks = blocksOf(read(name)).filter(({ language }) => language === 'json');

  test('has configurations', () => {
    expect(blocks.length).toBeGreaterThan(2);
  });

  test.each(blocks.map(({ line, text }) => [line, text] as const))(
    'line %i: the configuration is valid',
    async (_, text) => {
      await expect(load({ shipped: read('config/models.json'), user: text })).resolves.toBeDefined();
    },
  );
});

test('the table of pools has every key of a pool', () => {
  interface Schema {
    readonly properties: {
      readonly pools: { readonly additionalProperties: { readonly properties: object } };
    };
  }
  const { properties } = JSON.parse(read('config/schema.json')) as Schema;
  const shown = rowsOf(section(PAGE, '## Pools')).map(([key]) => key);
  expect(shown.toSorted()).toEqual(Object.keys(properties.pools.additionalProperties.properties).toSorted());
});
