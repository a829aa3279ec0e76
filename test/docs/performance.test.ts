import { expect, test } from 'vitest';
import { putBetween } from '../../bench/marked-place.ts';
import { read } from './pages.ts';

test('the page on performance has the places that the scripts of bench/ fill in', () => {
  const page = read('docs/performance.md');
  for (const name of ['table', 'profile of request', 'profile of event'])
    expect(putBetween(page, name, 'filled in')).toContain('filled in');
});
