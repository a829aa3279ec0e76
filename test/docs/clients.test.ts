import { describe, expect, test } from 'vitest';

import { blocksOf, read } from './pages.ts';

const PAGE = read('docs/clients.md');

interface Names {
  readonly lanes: Readonly<Record<string, unknown>>;
  readonly nodes: Readonly<Record<string, unknown>>;
}

/** The configurations of `npm start` and `npm run demo`; both must know the names in the examples. */
const CONFIGURATIONS: readonly (readonly [string, Names])[] = [
  'config/models.json',
  'config/demo/models.json',
].map((path) => [path, JSON.parse(read(path)) as Names]);

interface OpenCode {
  readonly provider: Readonly<
    Record<string, { readonly options: { readonly baseURL: string }; readonly models: object }>
  >;
}

describe.each(CONFIGURATIONS)('the set-up lines of clients, with %s', (_, { lanes, nodes }) => {
  const named = (name: string): boolean => name in lanes || name in nodes;

  test('Claude Code: its variables name lanes, at a base URL without /v1', () => {
    const lines = blocksOf(PAGE).find(({ text }) => text.includes('ANTHROPIC_BASE_URL='))?.text ?? '';
    expect(lines).toMatch(/ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:4600$/m);
    const models = [...lines.matchAll(/_MODEL=lane:(\S+)/g)].map(([, lane = '']) => lane);
    expect(models).toHaveLength(2);
    expect(models.filter((lane) => !(lane in lanes))).toEqual([]);
  });

  test('opencode: its models are lanes or nodes', () => {
    const block = blocksOf(PAGE).find(({ role }) => role === 'opencode.json');
    const { laneway } = (JSON.parse(block?.text ?? '{}') as OpenCode).provider;
    expect(laneway?.options.baseURL).toBe('http://127.0.0.1:4600/v1');
    expect(Object.keys(laneway?.models ?? {}).filter((name) => !named(name))).toEqual([]);
    expect(PAGE).toContain('opencode run -m laneway/coder');
  });

  test('aider and the AI SDK name a lane or a node', () => {
    expect(named(/--model openai\/(\S+)/.exec(PAGE)?.[1] ?? '')).toBe(true);
    expect(named(/laneway\('(\w+)'\)/.exec(PAGE)?.[1] ?? '')).toBe(true);
  });
});
