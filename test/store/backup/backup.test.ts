import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { copyLive } from '../../../src/store/backup/backup.ts';
import { copyPath, listCopies, removeOldCopies } from '../../../src/store/backup/copies.ts';
import { connect, connectReadOnly } from '../../../src/store/files/database.ts';
import { StoreFault } from '../../../src/store/files/fault.ts';
import { readMigrations } from '../../../src/store/files/migrations.ts';
import { REQUEST_COLUMNS } from '../../../src/store/ledger/row-encoding.ts';
import { openStore } from '../../../src/store/open.ts';
import { requestNumber } from '../../../src/util/request-id.ts';
import {
  AT,
  filesIn,
  integrityOf,
  numberedSwitch,
  openForTest,
  readableLog,
  rowId,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';
import { AT_ONCE, DAY_MS, filledDirectory, openWith, until, valueIn } from '../maintenance.ts';

const purpose = (directory: string) => ({
  directory,
  at: AT,
  beforeMigration: null,
  migrations: readMigrations(),
});

it('a copy is made soon after the start, readable by its owner only, intact and complete', async () => {
  const directory = temporaryFolder();
  const first = await openForTest(directory);
  await first.assign(numberedSwitch(7));
  await first.close();
  await openWith({ directory, maintenance: AT_ONCE, now: () => Date.parse('2026-03-04T05:06:07.890Z') });
  await until(() => listCopies(directory).length > 0);
  const [copy] = listCopies(directory);
  expect(copy).toMatchObject({ at: '2026-03-04T05:06:07Z', beforeMigration: null });
  expect(copy!.path).toBe(join(directory, 'backups', 'laneway-20260304T050607Z.db'));
  expect(statSync(join(directory, 'backups')).mode & 0o777).toBe(0o700);
  expect(statSync(copy!.path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(directory, 'backups'))).toEqual(['laneway-20260304T050607Z.db']);
  expect(valueIn(copy!.path, 'SELECT model FROM node_overrides')).toBe('groq/model-7');
});

it('no second copy is made within a day, and one is after it', async () => {
  const directory = temporaryFolder();
  let now = Date.parse(AT);
  await openWith({ directory, maintenance: { firstMs: 1, everyMs: 20 }, now: () => now });
  await until(() => listCopies(directory).length === 1);
  now += DAY_MS - 1_000;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(listCopies(directory)).toHaveLength(1);
  now += 1_000;
  await until(() => listCopies(directory).length === 2);
});

it('a failed daily copy is one warning, and switches go on', async () => {
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'backups'), 'in the way');
  const log = readableLog();
  const store = await openWith({ directory, log, maintenance: AT_ONCE });
  await until(() => log.lines.length > 0);
  expect(log.lines).toMatchObject([{ level: 'warn', message: /daily copy .* failed/ }]);
  await store.assign(numberedSwitch(1));
});

it('the file is copied before a migration', async () => {
  const directory = filledDirectory(10, { migrations: 1 });
  withDatabase(directory, (database) => {
    database.exec(`INSERT INTO node_overrides VALUES ('evaluate', 'groq/old', NULL, NULL, 'local', '${AT}')`);
  });
  const store = await openWith({ directory, now: () => Date.parse('2026-02-03T04:05:06Z') });
  expect((await store.load()).overrides).toMatchObject([{ subject: 'evaluate', model: 'groq/old' }]);
  const [copy, ...others] = listCopies(directory);
  expect(others).toEqual([]);
  expect(copy!.path).toBe(join(directory, 'backups', 'laneway-20260203T040506Z-before-0002.db'));
  expect(statSync(copy!.path).mode & 0o777).toBe(0o600);
  expect(valueIn(copy!.path, 'SELECT max(number) FROM schema_migrations')).toBe(1);
  expect(valueIn(copy!.path, `SELECT model FROM node_overrides WHERE node = 'evaluate'`)).toBe('groq/old');
  expect(valueIn(copy!.path, 'SELECT count(*) FROM requests')).toBe(10);
});

it('a file that cannot be copied is not migrated: exit 3, one line, no change', async () => {
  const directory = filledDirectory(10, { migrations: 1 });
  writeFileSync(join(directory, 'backups'), 'in the way');
  const before = filesIn(directory);
  const error: unknown = await openStore({ directory, log: readableLog() }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreFault);
  expect(error).toMatchObject({
    exitCode: 3,
    message: /needs the migration 0002_operator\.sql, but could not be copied/,
  });
  expect((error as StoreFault).message).not.toContain('\n');
  expect(filesIn(directory)).toEqual(before);
});

it('a start without a migration makes no copy', async () => {
  const directory = filledDirectory(1);
  await openForTest(directory);
  expect(readdirSync(directory)).not.toContain('backups');
});

it('a copy is a snapshot, however much is written meanwhile', async () => {
  const directory = filledDirectory(12_000); // 4 rounds
  const path = join(directory, 'laneway.db');
  const [reader, writer] = [connectReadOnly(path, 'live'), connect(path, 'NORMAL')];
  const others = REQUEST_COLUMNS.slice(1).join(', ');
  const insert = writer.prepare(
    `INSERT INTO requests (id, ${others})
     SELECT (SELECT max(id) FROM requests) + id - ?, ${others} FROM requests LIMIT 50`,
  );
  let rounds = 0;
  let over = false;
  const copying = copyLive(reader, purpose(directory)).finally(() => (over = true));
  while (!over) {
    insert.run(requestNumber(rowId(-1)));
    rounds += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const copy = await copying;
  reader.close();
  writer.close();
  expect(rounds).toBeGreaterThan(3);
  expect(valueIn(copy, 'SELECT count(*) FROM requests')).toBe(12_000);
  expect(integrityOf(directory)).toBe('ok');
});

it('a copy of a damaged file fails and is removed', async () => {
  const directory = filledDirectory(2_000);
  withDatabase(directory, (database) => {
    database.unsafeMode();
    database.pragma('writable_schema = ON');
    database.exec(`UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'request_kinds'`);
  });
  const reader = connectReadOnly(join(directory, 'laneway.db'));
  await expect(copyLive(reader, purpose(directory))).rejects.toThrow(/is damaged/);
  reader.close();
  expect(readdirSync(join(directory, 'backups'))).toEqual([]);
});

it('the 7 newest copies are kept, and the newest one from before a migration', () => {
  const directory = temporaryFolder();
  writeFileSync(copyPath(directory, '2025-12-30T00:00:00Z', 2), 'x');
  writeFileSync(copyPath(directory, '2025-12-31T00:00:00Z', 3), 'x');
  for (let day = 1; day <= 9; day += 1)
    writeFileSync(copyPath(directory, `2026-01-0${day}T00:00:00Z`, null), 'x');
  writeFileSync(join(directory, 'backups', 'mine.db'), 'x');
  removeOldCopies(directory);
  const days = listCopies(directory).map(({ at }) => at.slice(0, 10));
  expect(days).toEqual([9, 8, 7, 6, 5, 4, 3].map((day) => `2026-01-0${day}`).concat('2025-12-31'));
  expect(readdirSync(join(directory, 'backups'))).toContain('mine.db');
});

it('kill -9 during a copy leaves no file that looks complete, and the next copy removes the leftovers', async () => {
  const directory = filledDirectory(40_000); // 13 rounds, 300 ms
  const script = fileURLToPath(new URL('./backup-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const folder = join(directory, 'backups');
  const halfWay = () => readHalf(folder) > 8_000_000;
  await until(halfWay);
  child.kill('SIGKILL');
  await gone;
  expect(readdirSync(folder).length).toBeGreaterThan(0);
  expect(listCopies(directory)).toEqual([]);
  const reader = connectReadOnly(join(directory, 'laneway.db'), 'live');
  const copy = await copyLive(reader, purpose(directory));
  reader.close();
  expect(readdirSync(folder)).toEqual(['laneway-20260101T000000Z.db']);
  expect(valueIn(copy, 'SELECT count(*) FROM requests')).toBe(40_000);
});

it('closing the store during a copy removes it', async () => {
  const directory = filledDirectory(40_000);
  const store = await openWith({ directory, maintenance: AT_ONCE });
  const folder = join(directory, 'backups');
  await until(() => readHalf(folder) > 4_000_000);
  await store.close();
  expect(readdirSync(folder)).toEqual([]);
});

/** Size in bytes of the copy that is being written; 0 before it has begun. */
function readHalf(folder: string): number {
  try {
    const half = readdirSync(folder).find((name) => name.endsWith('.db.new'));
    return half === undefined ? 0 : statSync(join(folder, half)).size;
  } catch {
    return 0;
  }
}
