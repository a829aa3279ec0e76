import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

import { ROOT } from '../docs/pages.ts';

/** A change of one file of a copy: `-` becomes `+`. */
interface Change {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

const OPERATION: Change = {
  path: 'src/protocol/wire.ts',
  from: "export type Operation = 'chat'",
  to: "export type Operation = 'made_up' | 'chat'",
};
const WIRE: Change = {
  path: 'src/protocol/wire.ts',
  from: 'export type WireFormat =\n',
  to: "export type WireFormat =\n  | 'made-up'\n",
};
const VOCABULARY: Change = {
  path: 'src/wire/codec.ts',
  from: 'export interface Vocabulary {\n',
  to: 'export interface Vocabulary {\n  readonly completion: Vocabulary["embeddings"];\n',
};
const ENDPOINT: Change = {
  path: 'src/providers/ollama/settings.ts',
  from: "{ format: 'ollama-embed', path: '/api/embed', dialect: {} }",
  to: "{ format: 'openai-completions', path: '/api/embed', dialect: { single: true } }",
};

/** The folders that the changes affect; compiling only these takes a third of the time. */
const PARTS = ['src/protocol', 'src/wire', 'src/providers/ollama/settings.ts'];

/** The files of the program that do not compile, with these changes made to a copy in memory. */
function failing(...changes: readonly Change[]): string[] {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const written = { ...(config.config as object), include: PARTS };
  const { options, fileNames } = ts.parseJsonConfigFileContent(written, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const changed = new Map(changes.map((change) => [join(ROOT, change.path), copyOf(change)]));
  const read = host.readFile.bind(host);
  host.readFile = (path) => changed.get(path) ?? read(path);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, language, ...rest) => {
    const text = changed.get(path);
    if (text === undefined) return getSourceFile(path, language, ...rest);
    return ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram(fileNames, options, host);
  const files = ts.getPreEmitDiagnostics(program).map(({ file }) => relative(ROOT, file?.fileName ?? ''));
  return [...new Set(files)].sort();
}

function copyOf({ path, from, to }: Change): string {
  const text = readFileSync(join(ROOT, path), 'utf8');
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  return text.replace(from, to);
}

const TIMEOUT_MS = 60_000;

test(
  'an operation without a kind of model and a wire does not compile',
  () => {
    expect(failing()).toEqual([]);
    expect(failing(OPERATION)).toEqual(['src/protocol/wire.ts', 'src/wire/wires.ts']);
  },
  TIMEOUT_MS,
);

test(
  'a wire that is not in the list does not compile',
  () => {
    expect(failing(WIRE)).toContain('src/wire/wires.ts');
  },
  TIMEOUT_MS,
);

test(
  'a vocabulary without a codec and an exchange does not compile',
  () => {
    expect(failing(VOCABULARY)).toContain('src/wire/translated-exchange.ts');
  },
  TIMEOUT_MS,
);

test(
  'an endpoint with the dialect of another wire does not compile',
  () => {
    expect(failing(ENDPOINT)).toEqual(['src/providers/ollama/settings.ts']);
  },
  TIMEOUT_MS,
);
