import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { namesOf, tableOf } from './api-page.ts';
import { codeWords, read, ROOT, section } from './pages.ts';

const SOURCE = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => read(`src/${path}`))
  .join('\n');

const PAGE = read('docs/runbook.md');
const MONITORING = section(PAGE, '## Monitoring');

/** The labels of each metric. */
const METRICS = new Map(
  tableOf(section(read('docs/api.md'), '### `GET /metrics`'), 'metric').map(([name = '', , labels = '']) => [
    codeWords(name)[0],
    codeWords(labels),
  ]),
);

/** The conditions of the tables of alerts. */
const CONDITIONS = MONITORING.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| `'))
  .flatMap((line) => codeWords(line.split(' | ')[1] ?? ''));

test('every alert names metrics that the gateway has, with labels that they have', () => {
  const found = CONDITIONS.flatMap((condition) => [
    ...condition.matchAll(/\b((?:laneway|process|nodejs)_[a-z_]+)(?:\{([^}]*)\})?/g),
  ]);
  expect(found.length).toBeGreaterThan(15);
  for (const [, written = '', selector = ''] of found) {
    const name = METRICS.has(written) ? written : written.replace(/_bucket$/, '');
    expect(METRICS.has(name), name).toBe(true);
    for (const [, label] of selector.matchAll(/(\w+)!?=~?"/g))
      expect(METRICS.get(name), name).toContain(label);
  }
});

test('the values of labels that alerts name exist', () => {
  const values = CONDITIONS.flatMap((condition) => [...condition.matchAll(/\w+!?="(\w[\w.]*)"/g)]);
  const known = read('docs/api.md');
  // The value of `job` is the operator's.
  const others = ['laneway', '5xx', '0.99'];
  for (const [, value = ''] of values)
    expect(others.includes(value) || known.includes(`\`${value}\``), value).toBe(true);
});

test('the lines of the log that it names are written by the source', () => {
  const lines = namesOf(tableOf(MONITORING, 'line'));
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.filter((line) => !SOURCE.includes(line))).toEqual([]);
});
