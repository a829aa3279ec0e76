import { execFileSync } from 'node:child_process';
import {
  cpSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_STATE } from '../../../src/store/files/unwritable.ts';
import { StoreFault } from '../../../src/store/files/fault.ts';
import { openStore } from '../../../src/store/open.ts';
import {
  filesIn,
  ledgerRow,
  rowId,
  numberedSwitch,
  openForTest,
  readableLog,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

/** A state directory with some rows after a clean shutdown; made once, because it takes the start of a worker. */
let template = '';

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'laneway-store-'));
  const store = await openStore({ directory: template, log: readableLog() });
  for (let number = 1; number <= 20; number += 1) await store.assign(numberedSwitch(number));
  for (let number = 0; number < 60; number += 1) {
    store.record(ledgerRow(rowId(100 + number), { plan: JSON.stringify('x'.repeat(2_000)) }));
  }
  await store.close();
});

afterAll(() => rmSync(template, { recursive: true, force: true }));

function closedDirectory(): string {
  const directory = temporaryFolder();
  cpSync(template, directory, { recursive: true });
  return directory;
}

/** The same after a kill: the newest commit is only in the write-ahead log. */
function killedDirectory(change: (directory: string) => void = () => undefined): string {
  const source = closedDirectory();
  change(source);
  const database = new Sqlite(file(source));
  database.exec(`UPDATE node_overrides SET reason = 'stands in the log'`);
  const directory = temporaryFolder();
  for (const suffix of ['', '-wal', '-shm']) cpSync(file(source) + suffix, file(directory) + suffix);
  database.close();
  expect(statSync(`${file(directory)}-wal`).size).toBeGreaterThan(0);
  return directory;
}

const file = (directory: string): string => join(directory, 'laneway.db');

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
}

const RECORD_NEWER = `INSERT INTO schema_migrations VALUES (9, '0009_later.sql', 'abc', '2030-01-01')`;
const CHANGE_HASH = `UPDATE schema_migrations SET sha256 = 'abc'`;
const DROP_RECORD = `DELETE FROM schema_migrations`;

/** Damages, and the expected message. */
const DAMAGES: readonly (readonly [name: string, damage: (directory: string) => void, line: RegExp])[] = [
  ['zero bytes', (directory) => truncateSync(file(directory), 0), /is empty \(0 bytes\)/],
  [
    'a third of its length',
    (directory) => truncateSync(file(directory), Math.floor(statSync(file(directory)).size / 3)),
    /is cut off|is damaged/,
  ],
  [
    'a header of garbage',
    (directory) => overwrite(file(directory), 0, Buffer.alloc(100, 'x')),
    /is not a SQLite file/,
  ],
  ['ten bytes', (directory) => writeFileSync(file(directory), 'SQLite for'), /is not a SQLite file/],
  [
    'a page of garbage in the ledger',
    (directory) =>
      overwrite(file(directory), statSync(file(directory)).size - 4_096, Buffer.alloc(4_096, 0xee)),
    /is damaged/,
  ],
];

const SCHEMAS: readonly (readonly [name: string, sql: string, line: RegExp])[] = [
  [
    'a newer schema',
    RECORD_NEWER,
    /was written by a newer version: it records the migration 0009_later\.sql/,
  ],
  ['no recorded migration', DROP_RECORD, /is not a state file of Laneway/],
];

async function expectUntouchedRefusal(directory: string, line: RegExp): Promise<void> {
  const before = filesIn(directory);
  const error: unknown = await openStore({ directory, log: readableLog() }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreFault);
  const { exitCode, message } = error as StoreFault;
  expect(exitCode).toBe(3);
  expect(message).toMatch(line);
  expect(message).toMatch(/there is no copy of it: to start with an empty state, move it away \(mkdir/);
  expect(message).not.toContain('\n');
  expect(filesIn(directory)).toEqual(before);
}

async function refusalOf(directory: string): Promise<string> {
  const error: unknown = await openStore({ directory, log: readableLog() }).catch(
    (reason: unknown) => reason,
  );
  return (error as StoreFault).message;
}

it('a damaged migration of the package is not blamed on the state', async () => {
  const directory = closedDirectory();
  withDatabase(directory, (opened) => opened.exec(CHANGE_HASH));
  const before = filesIn(directory);
  const message = await refusalOf(directory);
  expect(message).toMatch(
    /the file migrations\/0001_state\.sql of Laneway differs .* Reinstall Laneway unless/,
  );
  expect(message).not.toContain('move it away');
  expect(filesIn(directory)).toEqual(before);
});

it('the message gives the restore command if there is a copy', async () => {
  const directory = closedDirectory();
  mkdirSync(join(directory, 'backups'));
  cpSync(file(directory), join(directory, 'backups', 'laneway-20260102T030405Z.db'));
  truncateSync(file(directory), 0);
  const message = await refusalOf(directory);
  expect(message).toMatch(/move it away \(mkdir /);
  expect(message).toContain(
    `the newest copy (2026-01-02), run: npm run laneway -- restore --data-dir ${directory}`,
  );
});

it.skipIf(process.platform === 'win32')('its command to start anew works, and keeps the file', async () => {
  const directory = killedDirectory();
  truncateSync(file(directory), 0);
  const command = /move it away \((.*)\)/.exec(await refusalOf(directory))?.[1] ?? '';
  execFileSync('sh', ['-c', command]);
  const store = await openStore({ directory, log: readableLog() });
  expect((await store.load()).overrides).toEqual([]);
  await store.close();
  expect(readdirSync(join(directory, 'refused'))).toContain('laneway.db-wal');
});

describe('an invalid state file is refused with exit 3 and not changed', () => {
  for (const [name, damage, line] of DAMAGES) {
    it(`with ${name}`, async () => {
      const directory = closedDirectory();
      damage(directory);
      await expectUntouchedRefusal(directory, line);
    });

    it(`with ${name}, next to the write-ahead log of a killed gateway`, async () => {
      const directory = killedDirectory();
      damage(directory);
      await expectUntouchedRefusal(directory, line);
    });
  }

  for (const [name, sql, line] of SCHEMAS) {
    it(`with ${name}`, async () => {
      const directory = closedDirectory();
      withDatabase(directory, (database) => database.exec(sql));
      await expectUntouchedRefusal(directory, line);
    });

    it(`with ${name}, next to the write-ahead log of a killed gateway`, async () => {
      const directory = killedDirectory((source) => withDatabase(source, (database) => database.exec(sql)));
      await expectUntouchedRefusal(directory, line);
    });
  }

  it('when it is the database of another program', async () => {
    const directory = temporaryFolder();
    withDatabase(directory, (database) => database.exec('CREATE TABLE notes (text TEXT)'));
    await expectUntouchedRefusal(directory, /is not a state file of Laneway/);
  });

  it('when it is missing but its write-ahead log still holds commits', async () => {
    const directory = killedDirectory();
    rmSync(file(directory));
    await expectUntouchedRefusal(directory, /is missing, but .*laneway\.db-wal exists/);
  });
});

describe('an intact state file opens', () => {
  it('with the commits that a killed gateway left in the write-ahead log', async () => {
    const store = await openForTest(killedDirectory());
    const { overrides, generation } = await store.load();
    expect(generation).toBe(20);
    expect(overrides).toMatchObject([{ model: 'groq/model-20', reason: 'stands in the log' }]);
  });

  it('after its replacement by a copy, without the old log and index', async () => {
    const directory = killedDirectory();
    const copy = readFileSync(file(closedDirectory()));
    for (const suffix of ['', '-wal', '-shm']) rmSync(file(directory) + suffix);
    writeFileSync(file(directory), copy);
    const store = await openForTest(directory);
    expect((await store.load()).overrides).toMatchObject([{ model: 'groq/model-20', reason: null }]);
  });

  it('and a missing one is created, readable by its owner only, without leftovers in the directory', async () => {
    const directory = join(temporaryFolder(), 'not', 'yet');
    const store = await openForTest(directory);
    expect(await store.load()).toEqual(EMPTY_STATE);
    await store.close();
    expect(readdirSync(directory).toSorted()).toEqual(['laneway.db', 'lock.db']);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(file(directory)).mode & 0o777).toBe(0o600);
  });
});
