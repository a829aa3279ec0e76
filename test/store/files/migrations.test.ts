import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  migrate,
  migrationFault,
  MigrationFailed,
  readMigrations,
} from '../../../src/store/files/migrations.ts';
import { AT, temporaryFolder } from '../harness.ts';

const FIRST = 'CREATE TABLE one (value INTEGER) STRICT;\n';

function folderOf(files: Readonly<Record<string, string>>): URL {
  const folder = join(temporaryFolder(), 'migrations');
  mkdirSync(folder);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return pathToFileURL(`${folder}/`);
}

function database(): Sqlite.Database {
  const opened = new Sqlite(':memory:');
  onTestFinished(() => void opened.close());
  return opened;
}

function tablesOf(opened: Sqlite.Database): unknown[] {
  return opened.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all();
}

describe('migrations', () => {
  it('run in order, each once, and only the new ones on a database of an earlier version', () => {
    const opened = database();
    const second = 'ALTER TABLE one ADD COLUMN more TEXT;\nINSERT INTO one VALUES (1, NULL);';
    const both = folderOf({ '0002_more.sql': second, '0001_one.sql': FIRST });
    migrate(opened, readMigrations(folderOf({ '0001_one.sql': FIRST })), AT);
    expect(migrationFault(opened, readMigrations(both))).toBeNull();
    migrate(opened, readMigrations(both), AT);
    migrate(opened, readMigrations(both), AT);
    expect(opened.prepare('SELECT * FROM one').all()).toEqual([{ value: 1, more: null }]);
    expect(opened.prepare('SELECT number, name, applied_at FROM schema_migrations').all()).toEqual([
      { number: 1, name: '0001_one.sql', applied_at: AT },
      { number: 2, name: '0002_more.sql', applied_at: AT },
    ]);
  });

  it('that fail halfway are rolled back, and the previous ones stay', () => {
    const opened = database();
    const halfway = 'CREATE TABLE two (value INTEGER); INSERT INTO missing VALUES (1);';
    const migrations = readMigrations(folderOf({ '0001_one.sql': FIRST, '0002_two.sql': halfway }));
    expect(() => migrate(opened, migrations, AT)).toThrow(MigrationFailed);
    expect(() => migrate(opened, migrations, AT)).toThrow('0002_two.sql: no such table: missing');
    expect(tablesOf(opened)).toEqual(['one', 'schema_migrations']);
  });

  it('have the same hash when checked out with other line ends', () => {
    const [unix] = readMigrations(folderOf({ '0001_one.sql': FIRST }));
    const [windows] = readMigrations(folderOf({ '0001_one.sql': FIRST.replaceAll('\n', '\r\n') }));
    expect(windows?.sha256).toBe(unix?.sha256);
  });

  it('with a number missing or used twice do not run', () => {
    expect(() => readMigrations(folderOf({ '0001_a.sql': '', '0003_b.sql': '' }))).toThrow(
      'expected number 2',
    );
    expect(() => readMigrations(folderOf({ '0001_a.sql': '', '0001_b.sql': '' }))).toThrow(
      'expected number 2',
    );
    expect(() => readMigrations(folderOf({ 'first.sql': '' }))).toThrow('expected number 1');
  });

  it('do not run on a database that lacks the record of an earlier one', () => {
    const opened = database();
    const migrations = readMigrations(folderOf({ '0001_one.sql': FIRST, '0002_two.sql': 'SELECT 1;' }));
    migrate(opened, migrations, AT);
    opened.exec('DELETE FROM schema_migrations WHERE number = 1');
    expect(migrationFault(opened, migrations)).toContain(
      'it records the migration 0002_two.sql, but not the previous one',
    );
  });
});
