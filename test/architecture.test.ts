import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkArchitecture } from './support/architecture/rules.ts';

const root = join(import.meta.dirname, '..');

test('src keeps the import table, the size budget and the house rules', () => {
  const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path.replaceAll('\\', '/')}`);
  expect(paths.length).toBeGreaterThan(10);
  const files = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  expect(checkArchitecture(files)).toEqual([]);
});

/** The checker itself, on samples: each rule must bite, and say what to do. */
const faultsOf = (files: Record<string, string>): string[] =>
  checkArchitecture(new Map(Object.entries(files)));

test.each([
  ['protocol imports anything', 'src/protocol/a.ts', "import { b } from '../util/b.ts';"],
  ['routing reads the store', 'src/routing/a.ts', "import type { S } from '../store/store.ts';"],
  ['execution sees a concrete provider', 'src/execution/a.ts', "import { p } from '../providers/groq/p.ts';"],
  [
    'execution sees the connector',
    'src/execution/a.ts',
    "import { c } from '../providers/connection/connector.ts';",
  ],
  ['registry lists the providers', 'src/registry/a.ts', "import { all } from '../providers/index.ts';"],
  ['http sees a provider', 'src/http/routes/a.ts', "import type { P } from '../../providers/provider.ts';"],
  ['http sees SQL', 'src/http/a.ts', "import type { C } from '../store/client.ts';"],
  ['http sees a wire, lazily, past the table', 'src/store/a.ts', "export {}; await import('../http/b.ts');"],
  ['a type query goes past the table', 'src/util/a.ts', "type A = import('../config/b.ts').B;"],
  ['a re-export goes past the table', 'src/wire/a.ts', "export { b } from '../http/b.ts';"],
])('a fault is told when %s', (_, path, text) => {
  expect(faultsOf({ [path]: text }).join('\n')).toMatch(/ may import .*: take it as an argument/);
});

test.each([
  ['registry runs routing', 'src/registry/a.ts', "import { resolve } from '../routing/resolve.ts';"],
  ['an inline type still loads', 'src/registry/a.ts', "import { type S } from '../routing/s.ts';"],
  ['http runs the configuration', 'src/http/a.ts', "import { load } from '../config/load.ts';"],
])('only types may be taken there: %s', (_, path, text) => {
  expect(faultsOf({ [path]: text })).toEqual([expect.stringContaining('write import type')]);
});

test('a provider builds on openai-wire and on no other sibling', () => {
  const sample = (target: string): string[] =>
    faultsOf({ 'src/providers/groq/probe.ts': `import { a } from '${target}';` });
  expect(sample('../openai-wire/models.ts')).toEqual([]);
  expect(sample('../connection/connector.ts')).toEqual([]);
  expect(sample('../provider.ts')).toEqual([]);
  expect(sample('../ollama/models.ts')).toEqual([expect.stringContaining('builds on no other')]);
  expect(sample('../index.ts')).toEqual([expect.stringContaining('list of providers')]);
});

test('a wire, and what wires share, use no folder of another wire, except that of which it is a variant', () => {
  const wires = {
    'src/wire/openai-chat/wire.ts': '',
    'src/wire/ollama-chat/wire.ts': '',
    'src/wire/ollama-generate/wire.ts': "import { a } from '../ollama-chat/a.ts';",
    'src/wire/wires.ts': "import { a } from './openai-chat/wire.ts';",
  };
  const sample = (path: string, target: string): string[] =>
    faultsOf({ ...wires, [path]: `import { a } from '${target}';` });
  expect(faultsOf(wires)).toEqual([]);
  expect(sample('src/wire/ollama-chat/a.ts', '../chat/ids.ts')).toEqual([]);
  const fault = [expect.stringContaining("uses no other wire's folder")];
  expect(sample('src/wire/ollama-chat/a.ts', '../openai-chat/ids.ts')).toEqual(fault);
  expect(sample('src/wire/chat/a.ts', '../openai-chat/ids.ts')).toEqual(fault);
});

test.each(['connection/connector.ts', 'failure/scrub.ts', 'provider.ts'])(
  'shared code of providers, such as %s, knows no provider type',
  (file) => {
    const up = file.includes('/') ? '..' : '.';
    const sample = (target: string): string[] =>
      faultsOf({ [`src/providers/${file}`]: `import { a } from '${up}/${target}';` });
    expect(sample('failure/retry-after.ts')).toEqual([]);
    expect(sample('groq/probe.ts')).toEqual([expect.stringContaining('knows no provider type')]);
    expect(sample('openai-wire/models.ts')).toEqual([expect.stringContaining('knows no provider type')]);
  },
);

test('what the table allows is no fault', () => {
  const good = {
    'src/app.ts': "import { a } from './http/a.ts'; import { g } from './providers/groq/settings.ts';",
    'src/app/a.ts': "import { a } from '../http/a.ts';",
    'src/http/a.ts': "import { S } from '../store/store.ts'; import type { C } from '../config/schema.ts';",
    'src/registry/a.ts': "import type { S } from '../routing/s.ts'; import { r } from './b.ts';",
    'src/execution/a.ts':
      "import { r } from '../routing/r.ts'; import { P } from '../providers/provider.ts';",
    'src/providers/index.ts': "export { groq } from './groq/settings.ts';",
    'src/store/threads/worker.ts': "import Database from 'better-sqlite3';",
    'src/main.ts': 'console.log(process.env.HOME);',
  };
  expect(faultsOf(good)).toEqual([]);
});

test.each([
  ['a circle', { 'src/wire/a.ts': "import './b.ts';", 'src/wire/b.ts': "import './a.ts';" }, 'import circle'],
  [
    'a circle of types alone',
    { 'src/wire/a.ts': "import type { B } from './b.ts';", 'src/wire/b.ts': "import { a } from './a.ts';" },
    'import circle',
  ],
  ['a barrel', { 'src/wire/index.ts': '' }, 'is a barrel'],
  ['a re-export', { 'src/wire/a.ts': "export * from './b.ts';" }, 're-exports'],
  ['a long file', { 'src/wire/a.ts': '// line\n'.repeat(401) }, 'has 401 lines, 400 at most'],
  ['a long function', { 'src/wire/a.ts': `const f = () => {${'\n'.repeat(80)}};` }, ':1 f has 81 lines'],
  [
    'a part of the wiring',
    { 'src/http/a.ts': "import '../app/a.ts';", 'src/app/a.ts': '' },
    'http may import',
  ],
  ['any', { 'src/wire/a.ts': 'const a: any = 1;' }, 'take unknown'],
  ['any inside a cast', { 'src/wire/a.ts': 'const a = (1 as any[]);' }, 'take unknown'],
  ['no docstring', { 'src/wire/a.ts': 'export interface A { a: string }' }, 'exports A without a docstring'],
  ['an empty docstring', { 'src/wire/a.ts': '/** */\nexport const a = 1;' }, 'exports a without'],
  ['a line comment as docstring', { 'src/wire/a.ts': '// a\nexport type A = 1;' }, 'exports A without'],
  [
    'a constant apart',
    { 'src/wire/a.ts': '/** a */\nexport const a = 1;\n\nexport const b = 1;' },
    'exports b',
  ],
  ['an interface', { 'src/wire/a.ts': '/** a */\nexport const a = 1;\nexport interface B {}' }, 'exports B'],
  ['the environment', { 'src/util/a.ts': 'const a = process.env.HOME;' }, 'only src/main.ts does'],
  ['the environment by name', { 'src/util/a.ts': "const a = process['env'];" }, 'only src/main.ts does'],
  ['its import', { 'src/util/a.ts': "import { env as e } from 'node:process';" }, 'only src/main.ts does'],
  ['SQLite', { 'src/registry/a.ts': "import Database from 'better-sqlite3';" }, 'only src/store/ may'],
  ['undici', { 'src/execution/a.ts': "import { Pool } from 'undici';" }, 'only src/providers/ may'],
  ['its types too', { 'src/http/a.ts': "import type { Pool } from 'undici';" }, 'only src/providers/ may'],
  [
    'Node’s HTTP module',
    { 'src/http/a.ts': "import { STATUS_CODES } from 'node:http';" },
    'use src/util/node-http.ts',
  ],
  ['a name', { 'src/wire/jsonScan.ts': '' }, 'jsonScan.ts is not kebab-case'],
  ['an unknown folder', { 'src/helpers/a.ts': '' }, 'in no folder of the import table'],
  ['an unknown file on top', { 'src/server.ts': '' }, 'in no folder of the import table'],
])('a fault is told for %s', (_, files, words) => {
  expect(faultsOf(files)).toEqual([expect.stringContaining(words)]);
});

test('overloads and groups of constants share one docstring', () => {
  const files = {
    'src/wire/d.ts': '/** In ms. */\nexport const a = 1;\nexport const b = 2;',
    'src/wire/c.ts': '/** Says it. */\nexport function c(): 1;\nexport function c(a?: 1): 1 { return 1; }',
  };
  expect(faultsOf(files)).toEqual([]);
});
