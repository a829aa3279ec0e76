import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrate, readMigrations } from '../../../src/store/files/migrations.ts';
import { NodeDurations } from '../../../src/store/tables/node-durations.ts';
import { AT } from '../harness.ts';

it('a node never keeps more than its newest two targets, also when long requests end after newer ones', () => {
  const database = new Sqlite(':memory:');
  migrate(database, readMigrations(), AT);
  const durations = new NodeDurations(database);
  const calls = [
    ['a', 1],
    ['b', 5],
    ['c', 6], // a is removed
    ['a', 2], // started before b and c: removed
    ['a', 3],
    ['c', 7],
    ['a', 8], // b is removed
    ['b', 4],
    ['a', 9],
  ] as const;
  const kept = calls.map(([target, atMs]) => {
    durations.put({ node: 'evaluate', target, lastMs: 1, atMs });
    return durations
      .all()
      .map((each) => each.target)
      .join('');
  });
  expect(kept).toEqual(['a', 'ba', 'cb', 'cb', 'cb', 'cb', 'ac', 'ac', 'ac']);
  database.close();
});
