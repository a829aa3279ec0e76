import { expect, test } from 'vitest';
import { renameKeys, restoreKeys } from '../../../../src/wire/chat/tools/argument-keys.ts';

const KEYS = new Map([['filter_id__12345678', 'filter[id]']]);

test('wire cases 72, 99: only names change back, numbers keep their digits', () => {
  const sent = '{ "filter_id__12345678" : 12345678901234567890, "b": ["filter_id__12345678", {"c":1.0}] }';
  expect(restoreKeys(sent, KEYS)).toBe(
    '{ "filter[id]" : 12345678901234567890, "b": ["filter_id__12345678", {"c":1.0}] }',
  );
});

test('wire cases 64, 72: arguments that were cut off are restored as far as they go', () => {
  expect(restoreKeys('{"filter_id__12345678":"a\\"b', KEYS)).toBe('{"filter[id]":"a\\"b');
});

test('text that quotes the name is left alone', () => {
  const quoted = JSON.stringify({ a: '{"filter_id__12345678": 1}' });
  expect(restoreKeys(quoted, KEYS)).toBe(quoted);
});

test('a long cut-off text of quotes is read in a moment', () => {
  const text = `{"a":"${'\\"'.repeat(500_000)}`;
  expect(restoreKeys(text, KEYS)).toBe(text);
});

test('earlier calls use the names of the schema', () => {
  expect(renameKeys({ 'filter[id]': 1, b: 2 }, KEYS)).toEqual({ filter_id__12345678: 1, b: 2 });
});
