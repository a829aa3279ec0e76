import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readJson } from '../../../src/config/files/json-file.ts';
import { faultLines, load } from '../files.ts';

const read = (text: string): ReturnType<typeof readJson> => readJson(text, { trusted: false });

it('rejects exactly those texts that JSON.parse rejects, each with a position', async () => {
  const cutJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', 'x', '\n', '1', '\\'))
    .map(
      ([text, at, piece]) =>
        text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), cutJson, fc.string()), async (text) => {
      const result = await read(text);
      const message = 'fault' in result ? result.fault.message : null;
      if (parses(text)) expect(message ?? 'duplicate key').toMatch(/^duplicate key/);
      else expect(message).toMatch(/^(invalid JSON: .|duplicate key)/);
    }),
    { numRuns: 3000 },
  );
});

it('reads a deeply nested text without exhausting the stack', async () => {
  for (const text of ['['.repeat(200_000), `${'['.repeat(65)}${']'.repeat(65)}`]) {
    expect(await read(text)).toEqual({
      fault: { line: 1, column: 65, message: 'nested deeper than 64 levels' },
    });
  }
  expect(await read(`${'['.repeat(64)}${']'.repeat(64)}`)).toHaveProperty('values');
});

it('reports a duplicate key in a JSON file with its position', async () => {
  const models = '{\n  "lanes": {\n    "coder": { "cloud": false },\n    "coder": {}\n  }\n}';
  expect(await faultLines({ models })).toEqual([
    'config/models.json: line 4, column 5: duplicate key "coder": it is already set above in the same object; keep one',
  ]);
  expect(await faultLines({ user: String.raw`{ "lanes": {}, "l\u0061nes": {} }` })).toEqual([
    'config/user_models.json: line 1, column 16: duplicate key "lanes": it is already set above in the same object; keep one',
  ]);
});

it('accepts the same key in two objects, or as a string in a list', async () => {
  const params = { stop: ['coder', 'coder', ','], other: [{ a: 1 }, { a: 2 }] };
  await load({ models: { lanes: { coder: { params }, writer: { params } } } });
});

it('finds no duplicate key in the output of JSON.stringify', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      expect(await read(JSON.stringify(JSON.parse(text)))).toHaveProperty('values');
    }),
  );
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it('does not show a duplicate key that may be a secret in a wrong place', async () => {
  const [line = ''] = await faultLines({ models: '{ "sk-fake-1": 1, "sk-fake-1": 2 }' });
  expect(line).toContain('duplicate key: ');
  expect(line).not.toContain('fake');
});
