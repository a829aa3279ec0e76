import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonScanError } from '../../../src/wire/json/cursor.ts';
import { fieldValue, lastField, scanFields } from '../../../src/wire/json/scan.ts';

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 });

/** JSON text of a value, with arbitrary white space and escapes. */
function written(value: unknown, between: string, escape: boolean): string {
  if (Array.isArray(value)) {
    return `[${between}${value.map((entry) => written(entry, between, escape)).join(`${between},${between}`)}${between}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, entry]) =>
        `${writtenString(key, escape)}${between}:${between}${written(entry, between, escape)}`,
    );
    return `{${between}${members.join(`${between},${between}`)}${between}}`;
  }
  return typeof value === 'string' ? writtenString(value, escape) : JSON.stringify(value);
}

function writtenString(text: string, escape: boolean): string {
  if (!escape) return JSON.stringify(text);
  const units = text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'a', 'é', '😀', '/', '{', ']'), maxLength: 60 }),
);
/**
 * No key is a single backslash: after an object with that key, Node 26.10 parses any other escape that is a whole key, such
 * as `{"\"":0}`, as a backslash, too.
 */
const key = text.filter((name) => name !== '\\');
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      text,
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('the byte scanner', () => {
  test('agrees with JSON.parse on the keys and the values of any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, anything, { maxKeys: 6 }),
        space,
        fc.boolean(),
        (object, between, escape) => {
          const source = between + written(object, between, escape) + between;
          const body = Buffer.from(source);
          const parsed = JSON.parse(source) as Record<string, unknown>;
          const fields = scanFields(body);
          expect(fields.map((field) => field.name).sort()).toEqual(Object.keys(parsed).sort());
          for (const field of fields) {
            expect(JSON.parse(body.toString('utf8', field.valueStart, field.valueEnd))).toEqual(
              parsed[field.name],
            );
            expect(JSON.parse(body.toString('utf8', field.keyStart, field.keyEnd))).toBe(field.name);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('rejects what JSON.parse rejects when an object loses or changes one byte outside its strings', () => {
    const source = '{"a":[1,-2.5e+3,true,false,null,{"b":"x"},[]],"c":{"d":{}},"e":0}';
    for (let index = 0; index < source.length; index += 1) {
      for (const replacement of ['', ',', '}', ']', ':', '"', '1', 'x', '-', '.', '{', '[', ' ', '\\']) {
        const broken = source.slice(0, index) + replacement + source.slice(index + 1);
        let isObject = false;
        try {
          isObject = typeof JSON.parse(broken) === 'object';
        } catch {
          // No longer JSON.
        }
        const scan = (): unknown => scanFields(Buffer.from(broken));
        if (isObject) expect(scan, broken).not.toThrow();
        else if (!/\\/.test(broken)) expect(scan, broken).toThrow(JsonScanError);
      }
    }
  });

  test.each([
    ['an empty body', '', 'syntax'],
    ['half an object', '{"a":', 'syntax'],
    ['text after the object', '{} x', 'syntax'],
    ['a broken \\u escape', '{"a":"\\u12"}', 'syntax'],
    ['an array', '[1]', 'not_object'],
    ['a string', '"a"', 'not_object'],
    ['65 levels', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'too_deep'],
    ['an array of 100,001', `{"a":[${'0,'.repeat(100_000)}0]}`, 'array_too_long'],
    ['an endless opening', '['.repeat(1_000_000), 'too_deep'],
  ])('%s is rejected with the reason', (_name, source, kind) => {
    const scan = (): unknown => scanFields(Buffer.from(source));
    expect(scan).toThrow(expect.objectContaining({ name: 'JsonScanError', kind }) as Error);
  });

  test('64 levels and 100,000 elements are still accepted', () => {
    expect(scanFields(Buffer.from(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`))).toHaveLength(1);
    expect(scanFields(Buffer.from(`{"a":[${'0,'.repeat(99_999)}0]}`))).toHaveLength(1);
  });

  test('a key written with escapes is found by its name', () => {
    const body = Buffer.from('{"mod\\u0065l":"m"}');
    expect(fieldValue(body, scanFields(body), 'model')).toBe('m');
  });

  test('the last duplicate of a key is used, as in JSON.parse', () => {
    const body = Buffer.from('{"n":1,"n":2}');
    const fields = scanFields(body);
    expect(fields).toHaveLength(2);
    expect(fieldValue(body, fields, 'n')).toBe(2);
    expect(lastField(fields, 'm')).toBeNull();
  });
});
