import { expect, test } from 'vitest';

import {
  EXAMPLE_TOOLS,
  parseMaxTokens,
  parseSchema,
  parseTemperature,
  parseTools,
} from '../../../src/console/playground/parse-options.ts';

test('empty fields are no value and no fault', () => {
  for (const parse of [parseTemperature, parseMaxTokens, parseTools, parseSchema])
    expect(parse('  ')).toEqual({ value: null, problem: null });
});

test('valid fields become values', () => {
  expect(parseTemperature('0,7').value).toBe(0.7);
  expect(parseMaxTokens(' 500 ').value).toBe(500);
  expect(parseTools(JSON.stringify(EXAMPLE_TOOLS)).value).toEqual(EXAMPLE_TOOLS);
  expect(parseSchema('{"type":"object"}').value).toEqual({ type: 'object' });
});

const tool = (fields: object): string => JSON.stringify([{ type: 'function', function: fields }]);

test.each([
  [parseTemperature, 'warm', /number of 0 or more/],
  [parseTemperature, '-1', /number of 0 or more/],
  [parseMaxTokens, '1.5', /whole number above 0/],
  [parseSchema, '[]', /is an object/],
  [parseTools, '{', /This is not JSON/],
  [parseTools, '{}', /are a list/],
  [parseTools, '[{"name":"f"}]', /Tool 1: expected/],
  [parseTools, tool({ name: 'get weather' }), /"name" is 1 to 64/],
  [parseTools, tool({ name: 'f', parameters: [] }), /"parameters" is a JSON schema/],
  [
    parseTools,
    JSON.stringify([...EXAMPLE_TOOLS, ...EXAMPLE_TOOLS]),
    /Tool 2: the name "get_weather" is used/,
  ],
])('a wrong field says what would be right: %o %s', (parse, text, words) => {
  const { value, problem } = parse(text);
  expect(value).toBeNull();
  expect(problem).toMatch(words);
});
