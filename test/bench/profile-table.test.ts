import { expect, test } from 'vitest';
import { profileTable } from '../../bench/profile-table.ts';

test('the areas of a profile are listed with the difference to the bare proxy, small ones together', () => {
  const bare = new Map([
    ['undici', 5],
    ['bare.ts', 0.2],
  ]);
  const laneway = new Map([
    ['undici', 6],
    ['src/wire/', 9.04],
    ['src/util/', 0.3],
  ]);
  expect(profileTable(bare, laneway, 'event').split('\n')).toEqual([
    '| µs of an event, with the profiler on | bare | laneway | difference |',
    '| --- | ---: | ---: | ---: |',
    '| src/wire/ | 0.0 | 9.0 | 9.0 |',
    '| undici | 5.0 | 6.0 | 1.0 |',
    '| 2 areas of less than 0.5 µs each | 0.2 | 0.3 | 0.1 |',
    '| all | 5.2 | 15.3 | 10.1 |',
  ]);
});
