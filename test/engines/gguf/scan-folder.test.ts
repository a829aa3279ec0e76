import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { ScannedFolder } from '../../../src/engines/gguf/model-file.ts';
import { scanFolder } from '../../../src/engines/gguf/scan-folder.ts';
import { ggufFile, llamaShape, type GgufShape } from '../../support/gguf.ts';
import { GGUF_SHAPES } from '../../support/gguf-shapes.ts';
import { folder, put } from './files.ts';

const PROJECTOR = GGUF_SHAPES['a projector of images'] as GgufShape;

function scan(root: string): ScannedFolder {
  return scanFolder(root, new Map()).scanned;
}

function ids(root: string): readonly string[] {
  return scan(root).models.map(({ id }) => id);
}

test('files are found in all folders, their names without .gguf are their ids, other files are left alone', () => {
  const root = folder();
  put(root, 'Qwen3-8B-Q4_K_M.gguf', llamaShape());
  put(root, 'a/b/c/Deep.GGUF', llamaShape());
  put(root, 'readme.md', Buffer.from('x'));
  put(root, '.cache/huggingface/download/unfinished.gguf', Buffer.from('x'));
  expect(scan(root)).toMatchObject({ broken: [], problem: null });
  expect(ids(root)).toEqual(['Deep', 'Qwen3-8B-Q4_K_M']);
});

test('of files with the same name the closest keeps it, the others have their folders before it', () => {
  const root = folder();
  for (const name of ['b/x.gguf', 'a/x.gguf', 'x.gguf']) put(root, name, llamaShape());
  expect(ids(root)).toEqual(['a/x', 'b/x', 'x']);
});

test('loops of links end, and a file that is linked twice is one model', () => {
  const root = folder();
  const path = put(root, 'a/x.gguf', llamaShape());
  symlinkSync(root, join(root, 'a', 'loop'));
  symlinkSync(join(root, 'a'), join(root, 'b'));
  symlinkSync(path, join(root, 'y.gguf'));
  linkSync(path, join(root, 'z.gguf'));
  expect(ids(root)).toHaveLength(1);
});

test('a link to a file elsewhere is a model: the cache of Hugging Face consists of links', () => {
  const root = folder();
  const blob = put(folder(), 'blobs/4f3a', ggufFile(llamaShape()));
  symlinkSync(blob, join(root, 'snapshot.gguf'));
  expect(ids(root)).toEqual(['snapshot']);
});

test('folders are read to a depth of eight, and the rest is named', () => {
  const root = folder();
  put(root, `${'d/'.repeat(8)}x.gguf`, llamaShape());
  put(root, `${'d/'.repeat(9)}y.gguf`, llamaShape());
  expect(ids(root)).toEqual(['x']);
  expect(scan(root).problem).toBe('has folders nested deeper than 8; the rest is left out');
});

test('a folder that is missing, or a file, is a problem in words', () => {
  const root = folder();
  writeFileSync(join(root, 'file'), '');
  expect(scan(join(root, 'none'))).toMatchObject({ models: [], problem: 'does not exist' });
  expect(scan(join(root, 'file'))).toMatchObject({ models: [], problem: 'is not a folder' });
});

test('the parts of a split file are one model with the sizes of all', () => {
  const root = folder();
  const part = (no: number): string => `big-0000${no}-of-00003.gguf`;
  const first = put(root, part(1), {
    keys: { ...llamaShape().keys, 'split.count': ['u16', 3] },
    tensors: [],
  });
  for (const no of [2, 3])
    put(root, part(no), {
      keys: { 'split.count': ['u16', 3] },
      tensors: [{ name: `blk.${no - 2}.attn_k.weight`, dims: [64, 32] }],
    });
  const [model, ...others] = scan(root).models;
  expect(others).toEqual([]);
  expect(model).toMatchObject({ id: 'big', path: first, model: { parameters: 4096, contextLength: 8192 } });
  expect(model?.model.layerTensors.map(({ attention }) => attention)).toEqual([true, true]);
});

test('a split file that lacks a part is broken, and the part is named', () => {
  const root = folder();
  put(root, 'sub/big-00001-of-00003.gguf', llamaShape());
  put(root, 'sub/big-00003-of-00003.gguf', llamaShape());
  expect(scan(root)).toMatchObject({
    models: [],
    broken: [{ file: 'sub/big-00001-of-00003.gguf', error: 'lacks its part big-00002-of-00003.gguf' }],
  });
});

test('a split file with a broken part is broken, and the part is named', () => {
  const root = folder();
  put(root, 'big-00001-of-00002.gguf', llamaShape());
  put(root, 'big-00002-of-00002.gguf', Buffer.alloc(0));
  expect(scan(root).broken).toEqual([
    { file: 'big-00001-of-00002.gguf', error: 'its part big-00002-of-00002.gguf is empty' },
  ]);
});

test('a first part that was renamed is not offered as a whole model', () => {
  const root = folder();
  put(root, 'renamed.gguf', llamaShape({ 'split.count': ['u16', 5] }));
  expect(scan(root).broken[0]?.error).toBe('is one of 5 parts, but its name is not that of a part');
});

test('broken files are listed with their reasons and do not hide the others', () => {
  const root = folder();
  put(root, 'good.gguf', llamaShape());
  put(root, 'empty.gguf', Buffer.alloc(0));
  put(root, 'sub/page.gguf', Buffer.from('<html>404</html>'));
  put(root, 'bad\nname.gguf', llamaShape());
  execFileSync('mkfifo', [join(root, 'pipe.gguf')]);
  symlinkSync('/nowhere', join(root, 'link.gguf'));
  const { models, broken } = scan(root);
  expect(models.map(({ id }) => id)).toEqual(['good']);
  expect(Object.fromEntries(broken.map(({ file, error }) => [file, error]))).toEqual({
    'bad?name.gguf': 'has a name with control characters',
    'empty.gguf': 'is empty',
    'link.gguf': 'is not a regular file, or a link to nothing',
    'pipe.gguf': 'is not a regular file, or a link to nothing',
    'sub/page.gguf': 'is not a GGUF file: it does not begin with "GGUF"',
  });
});

test('adapters and vocabularies are no models', () => {
  const root = folder();
  put(root, 'lora.gguf', llamaShape({ 'general.type': ['string', 'adapter'] }));
  expect(scan(root)).toMatchObject({ models: [], broken: [] });
});

test('a file of an architecture without layers, such as an image model, is named as no language model', () => {
  const root = folder();
  put(root, 'flux.gguf', { keys: { 'general.architecture': ['string', 'flux'] } });
  expect(scan(root)).toMatchObject({
    models: [],
    broken: [
      {
        file: 'flux.gguf',
        error: 'has the architecture "flux" and does not give its layers: it is no language model',
      },
    ],
  });
});

test('a projector belongs to the model beside it and is no model itself', () => {
  const root = folder();
  put(root, 'vl/model-Q4.gguf', llamaShape());
  const path = put(root, 'vl/mmproj-model-f16.gguf', PROJECTOR);
  put(root, 'other/text.gguf', llamaShape());
  const found = scan(root).models.map(({ id, projector }) => [id, projector?.path ?? null]);
  expect(found).toEqual([
    ['model-Q4', path],
    ['text', null],
  ]);
});

test('among several models in one folder a projector belongs to those of its width and name', () => {
  const root = folder();
  for (const name of ['Qwen2.5-VL-7B-Q4', 'Qwen2.5-VL-7B-Q8', 'Llama-3.1-8B'])
    put(root, `${name}.gguf`, llamaShape());
  put(root, 'Qwen2.5-VL-3B.gguf', llamaShape({ 'llama.embedding_length': ['u32', 128] }));
  put(root, 'mmproj-Qwen2.5-VL-7B-f16.gguf', PROJECTOR);
  const paired = scan(root).models.filter(({ projector }) => projector !== null);
  expect(paired.map(({ id }) => id)).toEqual(['Qwen2.5-VL-7B-Q4', 'Qwen2.5-VL-7B-Q8']);
});

test('a file that is as it was is not read again, a changed one is', () => {
  const root = folder();
  put(root, 'a.gguf', llamaShape());
  put(root, 'b.gguf', Buffer.from('no'));
  const first = scanFolder(root, new Map());
  const [path] = first.cache.keys();
  const known = first.cache.get(path ?? '');
  if (known === undefined) throw new Error('nothing was cached');
  // What is in the cache counts, so the file was not opened.
  const marked = new Map(first.cache).set(path ?? '', { ...known, header: 'was not read' });
  expect(scanFolder(root, marked).scanned.broken.map(({ error }) => error)).toContain('was not read');
  put(root, 'a.gguf', llamaShape({}, [{ name: 'more', dims: [64, 64] }]));
  const again = scanFolder(root, marked).scanned;
  expect(again.models).toMatchObject([{ id: 'a', model: { parameters: 12_480 + 4096 } }]);
});

test('a folder of many files and folders is read to its end', () => {
  const root = folder();
  const bytes = ggufFile(llamaShape());
  for (let index = 0; index < 200; index++) put(root, `d${index % 20}/m${index}.gguf`, bytes);
  mkdirSync(join(root, 'empty'));
  expect(scan(root).models).toHaveLength(200);
});
