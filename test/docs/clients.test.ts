import { expect, test } from 'vitest';

import { blocksOf, read } from './pages.ts';

const PAGE = read('docs/clients.md');

interface Named {
  readonly lanes: Readonly<Record<string, unknown>>;
  readonly nodes: Readonly<Record<string, unknown>>;
}

test.each(['config/models.json', 'config/demo/models.json'])(
  'the set-up lines of every client name lanes and nodes that %s has',
  (file) => {
    const { lanes, nodes } = JSON.parse(read(file)) as Named;
    const text = blocksOf(PAGE)
      .map((block) => block.text)
      .join('\n');
    const namedLanes = Array.from(text.matchAll(/\blane:(\w+)/g), ([, name = '']) => name);
    const namedNodes = Array.from(text.matchAll(/laneway\('(\w+)'\)/g), ([, name = '']) => name);
    expect(namedLanes).toEqual(expect.arrayContaining(['coder', 'fast_rag']));
    expect(Object.keys(lanes)).toEqual(expect.arrayContaining(namedLanes));
    expect(namedNodes).not.toEqual([]);
    expect(Object.keys(nodes)).toEqual(expect.arrayContaining(namedNodes));
  },
);

test("opencode's default models are models of its provider", () => {
  const block = blocksOf(PAGE).find(({ role }) => role === 'opencode.json');
  const settings = JSON.parse(block?.text ?? '') as {
    readonly model: string;
    readonly small_model: string;
    readonly provider: { readonly laneway: { readonly models: object } };
  };
  const models = Object.keys(settings.provider.laneway.models).map((model) => `laneway/${model}`);
  expect(models).toEqual([settings.model, settings.small_model]);
});
