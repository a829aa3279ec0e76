import { expect, test } from 'vitest';
import { scanForm } from '../../../src/wire/openai-direct/form.ts';

const B = 'xYz';
const part = (head: string, value: string): string => `--${B}\r\n${head}\r\n\r\n${value}\r\n`;
const named = (name: string, value: string): string =>
  part(`Content-Disposition: form-data; name="${name}"`, value);
const form = (...parts: string[]): Buffer => Buffer.from(`${parts.join('')}--${B}--\r\n`, 'latin1');

const found = (body: Buffer): (readonly [string, string])[] =>
  scanForm(body, B).map(({ name, valueStart, valueEnd }) => [
    name,
    body.toString('latin1', valueStart, valueEnd),
  ]);

test('each part is found by its name, whatever its content', () => {
  const file = part(
    'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg',
    '\0\xff\r\n\r\n--xYzz\r\n--xY\r\n--',
  );
  expect(found(form(named('model', 'p/m'), file, named('empty', ''), named('image[]', '1')))).toEqual([
    ['model', 'p/m'],
    ['file', '\0\xff\r\n\r\n--xYzz\r\n--xY\r\n--'],
    ['empty', ''],
    ['image[]', '1'],
  ]);
});

test.each([
  ['in lower case, without quotes', 'content-disposition:form-data;name=model'],
  ['after other headers', 'Content-Type: text/plain\r\nContent-Disposition: form-data; name="model"'],
  [
    'after a file name that contains another',
    'Content-Disposition: form-data; filename="a; name=file"; name="model"',
  ],
])('a name is found %s', (_name, head) => {
  expect(found(form(part(head, 'm')))).toEqual([['model', 'm']]);
});

test('a line end before the first boundary, none after the last, and text after it are allowed', () => {
  const body = Buffer.from(`\r\n${named('model', 'm')}--${B}--`);
  expect(found(body)).toEqual([['model', 'm']]);
  expect(found(Buffer.concat([body, Buffer.from('\r\nepilogue')]))).toEqual([['model', 'm']]);
});

test('a form that is cut anywhere is rejected', () => {
  const whole = form(named('model', 'p/m'), named('file', 'abc'));
  // Without the line end after the last boundary it is whole.
  for (let length = 0; length < whole.length - 2; length += 1) {
    expect(() => scanForm(whole.subarray(0, length), B), `${length} bytes`).toThrow('not a valid form');
  }
});

test.each([
  ['another boundary', Buffer.from('--other\r\n\r\nx\r\n--other--')],
  ['no form', Buffer.from('{"model":"m"}')],
  ['headers without an end', form(`--${B}\r\n${'a'.repeat(9_000)}\r\n\r\nx\r\n`)],
  ['too many parts', form(...Array.from({ length: 1_001 }, () => named('a', '')))],
])('%s is rejected', (_name, body) => {
  expect(() => scanForm(body, B)).toThrow(expect.objectContaining({ code: 'invalid_body' }));
});

test('25 MB that look like boundaries are scanned in less than a second', () => {
  const body = form(named('model', 'm'), named('file', `\r\n--xY`.repeat(4_000_000)));
  const start = performance.now();
  expect(scanForm(body, B)).toHaveLength(2);
  expect(performance.now() - start).toBeLessThan(1_000);
});
