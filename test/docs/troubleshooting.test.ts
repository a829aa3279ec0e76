import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { ERRORS } from '../../src/protocol/errors.ts';
import { codeWords, read, ROOT } from './pages.ts';

const PAGE = read('docs/troubleshooting.md');

const SOURCE = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => read(`src/${path}`))
  .join('\n')
  // Quotes inside a literal may be escaped, and a summary may have its status filled in.
  .replaceAll("\\'", "'")
  .replaceAll('({status})', '(401)');

/** The rows of the tables: symptom, place to look, advice. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what you see'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('there are at least twenty symptoms, each with a place to look and something to do', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(20);
  for (const row of ROWS) {
    expect(row, row[0]).toHaveLength(3);
    expect(
      row.every((cell) => cell.length > 3),
      row[0],
    ).toBe(true);
  }
});

test('no symptom is listed twice', () => {
  const symptoms = ROWS.map(([symptom]) => symptom);
  expect(symptoms).toEqual([...new Set(symptoms)]);
});

describe('what it quotes exists', () => {
  const quoted = ROWS.flatMap(([symptom = '', place = '']) => [
    ...codeWords(symptom),
    ...codeWords(place).filter((word) => /[a-z] [a-z]/.test(word) && !/^(curl|npm|-) ?/.test(word)),
  ]);

  test.each(quoted.filter((words) => /^[a-z_]+_[a-z_]+$|^draining$/.test(words)))('the code %s', (code) => {
    expect(Object.keys(ERRORS).includes(code) || read('docs/api.md').includes(`\`${code}\``)).toBe(true);
  });

  test.each(quoted.filter((words) => / /.test(words) && !words.startsWith('-')))(
    'the message "%s"',
    (message) => {
      // What the page replaces by an ellipsis is filled in at run time.
      const parts = message
        .split('…')
        .map((part) => part.trim())
        .filter((part) => /[a-z]{2}/i.test(part));
      expect(parts.length).toBeGreaterThan(0);
      expect(parts.filter((part) => !SOURCE.includes(part))).toEqual([]);
    },
  );
});

test('every error code that users can meet is on the page or needs no advice beyond its message', () => {
  const missing = Object.keys(ERRORS).filter((code) => !PAGE.includes(`\`${code}\``));
  // Add a row, or the code to the list of those whose message is enough.
  expect(missing.toSorted()).toEqual(SELF_EXPLANATORY.toSorted());
});

const SELF_EXPLANATORY: readonly string[] = [
  'content_filter',
  'headers_too_large',
  'lane_not_found',
  'method_not_allowed',
  'node_not_found',
  'overloaded',
  'profile_not_found',
  'provider_not_found',
  'rate_limit_exceeded',
  'request_not_found',
  'request_timeout',
  'secret_not_found',
  'upstream_connect_timeout',
  'upstream_disconnected',
  'upstream_dns',
  'upstream_error',
  'upstream_redirect',
  'upstream_too_large',
];
