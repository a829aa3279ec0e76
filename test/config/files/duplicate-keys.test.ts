import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findDuplicateKey } from '../../../src/config/files/json-syntax.ts';
import { faultLines, load } from '../files.ts';

it('a key that stands twice in an object of a JSON file is a fault with its place', async () => {
  const models = '{\n  "lanes": {\n    "coder": { "cloud": false },\n    "coder": {}\n  }\n}';
  expect(await faultLines({ models })).toEqual([
    'config/models.json: line 4, column 5: this key stands twice in the same object',
  ]);
  expect(await faultLines({ user: String.raw`{ "lanes": {}, "l\u0061nes": {} }` })).toEqual([
    'config/user_models.json: line 1, column 16: this key stands twice in the same object',
  ]);
});

it('the same key in two objects, or as text in a list, is none', async () => {
  const params = { stop: ['coder', 'coder', ','], other: [{ a: 1 }, { a: 2 }] };
  await load({ models: { lanes: { coder: { params }, writer: { params } } } });
});

it('what JSON.stringify writes never has one', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(findDuplicateKey(JSON.stringify(JSON.parse(text)))).toBeNull();
    }),
  );
});
