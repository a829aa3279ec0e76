import { existsSync } from 'node:fs';

import { expect, test } from 'vitest';

import { isWantedKey } from '../../../src/engines/gguf/keys.ts';
import { readHeader } from '../../../src/engines/gguf/read-header.ts';
import huggingface from '../../fixtures/gguf/huggingface.json' with { type: 'json' };
import { modelFile } from '../../support/engines/engines.ts';
import { GGUF_SHAPES } from '../../support/gguf-shapes.ts';
import { folder, put } from './files.ts';

const READ = huggingface.read as unknown as Readonly<
  Record<
    string,
    {
      readonly parameterCount: number;
      readonly tensors: number;
      readonly vocabulary: number | null;
      readonly metadata: Readonly<Record<string, unknown>>;
    }
  >
>;

function expectSame(name: string, path: string): void {
  const known = READ[name];
  if (known === undefined) throw new Error(`huggingface.json lacks "${name}"`);
  const header = readHeader(path);
  expect(header.version).toBe(known.metadata['version']);
  expect(header.tensors.elements).toBe(known.parameterCount);
  expect(header.tensors.count).toBe(known.tensors);
  expect(header.vocabulary).toBe(known.vocabulary);
  const wanted = Object.entries(known.metadata).filter(([key]) => isWantedKey(key));
  expect(wanted.length).toBeGreaterThan(2);
  const short = [...header.keys].filter(([key]) => key !== 'tokenizer.chat_template');
  expect(Object.fromEntries(short)).toEqual(Object.fromEntries(wanted));
}

test.each(Object.keys(GGUF_SHAPES))('%s: keys and sums are those that @huggingface/gguf reads', (name) => {
  const shape = GGUF_SHAPES[name];
  if (shape === undefined) throw new Error(name);
  expectSame(name, put(folder(), 'x.gguf', shape));
});

for (const name of ['smollm2-135m', 'tiny-random', 'minilm-l6-v2'] as const) {
  const path = modelFile(name);
  test.skipIf(!existsSync(path))(
    `${name}, a real model: keys and sums are those that @huggingface/gguf reads`,
    () => {
      expectSame(name, path);
    },
  );
}
