import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanFields } from '../../../src/wire/json/scan.ts';
import { BodyPatch } from '../../../src/wire/json/patch.ts';

function patched(source: string, edit: (patch: BodyPatch) => void): string {
  const body = Buffer.from(source);
  const patch = new BodyPatch(body, scanFields(body));
  edit(patch);
  return patch.apply().toString();
}

const name = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'ü', 'constructor');
const edit = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), name, value: fc.jsonValue({ maxDepth: 2 }) }),
  fc.record({ kind: fc.constant('remove' as const), name }),
);
const object = fc
  .uniqueArray(fc.tuple(name, fc.jsonValue({ maxDepth: 2 })), { selector: ([key]) => key, maxLength: 6 })
  .map((entries) => new Map(entries));

describe('the body patch', () => {
  test('edits have the same effect as the same edits of the parsed object', () => {
    fc.assert(
      fc.property(object, fc.uniqueArray(edit, { selector: (entry) => entry.name }), (entries, edits) => {
        const members = [...entries].map(
          ([key, value]) => `${JSON.stringify(key)} : ${JSON.stringify(value)}`,
        );
        const expected = new Map(entries);
        const result = patched(`{ ${members.join(' ,\n')} }`, (patch) => {
          for (const change of edits) {
            if (change.kind === 'remove') {
              patch.remove(change.name);
              expected.delete(change.name);
            } else {
              patch.set(change.name, JSON.stringify(change.value));
              expected.set(change.name, change.value);
            }
          }
        });
        const parsed = JSON.parse(result) as object;
        expect(new Map(Object.entries(parsed))).toEqual(
          new Map(JSON.parse(JSON.stringify([...expected])) as [string, unknown][]),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('wire cases 79, 99, 100: everything else keeps its bytes, numbers and order', () => {
    const source =
      '{ "seed" : 123456789012345678901234567890,\r\n"model":"node:evaluate", "x_vendor":{"a":1.0,"a":1e2},  "messages":[ "\\u00fc\\/" ]\n}';
    expect(
      patched(source, (patch) => {
        patch.set('model', '"m"');
      }),
    ).toBe(source.replace('"node:evaluate"', '"m"'));
    expect(
      patched(source, (patch) => {
        patch.rename('x_vendor', 'y');
        patch.remove('model');
      }),
    ).toBe(source.replace('"x_vendor"', '"y"').replace('"model":"node:evaluate", ', ''));
  });

  test('wire case 100: without edits the same Buffer is returned', () => {
    const body = Buffer.from('{"a":1}');
    const patch = new BodyPatch(body, scanFields(body));
    patch.remove('absent');
    patch.rename('absent', 'other');
    expect(patch.apply()).toBe(body);
  });

  test('wire case 98: a __proto__ key passes unchanged and has no effect', () => {
    const source = '{"__proto__":{"polluted":true},"constructor":1,"model":"a"}';
    const result = patched(source, (patch) => {
      patch.set('model', '"b"');
    });
    expect(result).toBe(source.replace('"a"', '"b"'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    ['the first key', '{"b":2,"c":3}', ['a']],
    ['the last key', '{"a":1,"b":2}', ['c']],
    ['the last two', '{"a":1}', ['b', 'c']],
    ['all of them', '{}', ['a', 'b', 'c']],
  ])('%s can be removed', (_name, expected, names) => {
    expect(
      patched('{"a":1,"b":2,"c":3}', (patch) => {
        for (const key of names) patch.remove(key);
      }),
    ).toBe(expected);
  });

  test('a duplicate key remains once when it is set or renamed, and not at all when it is removed', () => {
    const source = '{"a":1,"b":0,"a":2}';
    expect(
      patched(source, (patch) => {
        patch.set('a', '3');
      }),
    ).toBe('{"b":0,"a":3}');
    expect(
      patched(source, (patch) => {
        patch.rename('a', 'c');
      }),
    ).toBe('{"b":0,"c":2}');
    expect(
      patched(source, (patch) => {
        patch.remove('a');
      }),
    ).toBe('{"b":0}');
  });

  test('a non-ASCII value is counted in bytes', () => {
    expect(
      patched('{"model":"a","x":"é"}', (patch) => {
        patch.set('model', '"qwen–日本"');
      }),
    ).toBe('{"model":"qwen–日本","x":"é"}');
  });
});
