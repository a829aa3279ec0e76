import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { copyPath } from '../../../src/store/backup/copies.ts';
import { StoreFault } from '../../../src/store/files/fault.ts';
import { restoreCopy } from '../../../src/store/backup/restore.ts';
import {
  filesIn,
  numberedSwitch,
  openForTest,
  startChild,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

const NOW = '2026-05-06T07:08:09.123Z';
const file = (directory: string): string => join(directory, 'laneway.db');

/** A closed state directory in which `evaluate` was switched to the model of that number. */
async function stateOf(number: number): Promise<string> {
  const directory = temporaryFolder();
  const store = await openForTest(directory);
  await store.assign(numberedSwitch(number));
  await store.close();
  return directory;
}

/** A state directory with model 2, and a copy with model 1. */
async function switchedAfterCopy(): Promise<{ directory: string; copy: string }> {
  const directory = await stateOf(1);
  const copy = copyPath(directory, '2026-05-05T00:00:00Z', null);
  copyFileSync(file(directory), copy);
  const store = await openForTest(directory);
  await store.assign(numberedSwitch(2));
  await store.close();
  return { directory, copy };
}

async function modelOf(directory: string): Promise<string | null | undefined> {
  const store = await openForTest(directory);
  const { overrides } = await store.load();
  await store.close();
  return overrides[0]?.model;
}

function faultOf(directory: string, copy: string | null): StoreFault {
  try {
    restoreCopy(directory, copy, NOW);
  } catch (error) {
    if (error instanceof StoreFault) return error;
    throw error;
  }
  throw new Error('the copy was restored');
}

describe('a restore', () => {
  it('replaces a damaged file by the newest copy and keeps the damaged file', async () => {
    const { directory, copy } = await switchedAfterCopy();
    writeFileSync(file(directory), 'damaged');
    const restored = restoreCopy(directory, null, NOW);
    const kept = join(directory, 'replaced', 'laneway-20260506T070809Z.db');
    expect(restored).toEqual({ path: file(directory), from: copy, replaced: kept, skipped: [] });
    expect(readFileSync(kept, 'utf8')).toBe('damaged');
    expect(statSync(file(directory)).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).toSorted()).toEqual(['backups', 'laneway.db', 'lock.db', 'replaced']);
    expect(await modelOf(directory)).toBe('groq/model-1');
  });

  it('is undone by restoring what it replaced', async () => {
    const { directory } = await switchedAfterCopy();
    const { replaced } = restoreCopy(directory, null, NOW);
    expect(await modelOf(directory)).toBe('groq/model-1');
    restoreCopy(directory, replaced, '2026-05-06T08:00:00Z');
    expect(await modelOf(directory)).toBe('groq/model-2');
  });

  it('moves the log of a killed gateway together with its file', async () => {
    const { directory, copy } = await switchedAfterCopy();
    const killed = temporaryFolder();
    const open = new Sqlite(file(directory));
    open.exec(`UPDATE node_overrides SET model = 'groq/in-the-log'`);
    for (const suffix of ['', '-wal', '-shm']) cpSync(file(directory) + suffix, file(killed) + suffix);
    open.close();
    const { replaced } = restoreCopy(killed, copy, NOW);
    expect(existsSync(`${file(killed)}-wal`)).toBe(false);
    expect(await modelOf(killed)).toBe('groq/model-1');
    restoreCopy(killed, replaced, '2026-05-06T08:00:00Z');
    expect(await modelOf(killed)).toBe('groq/in-the-log');
  });

  it('skips a damaged copy and reports it', async () => {
    const { directory, copy } = await switchedAfterCopy();
    const newer = copyPath(directory, '2026-05-06T00:00:00Z', null);
    writeFileSync(newer, 'damaged');
    const restored = restoreCopy(directory, null, NOW);
    expect(restored.from).toBe(copy);
    expect(restored.skipped).toEqual([`${newer} is not a SQLite file`]);
  });

  it('works without a state file', async () => {
    const { directory } = await switchedAfterCopy();
    renameSync(file(directory), join(directory, 'elsewhere'));
    expect(restoreCopy(directory, null, NOW).replaced).toBeNull();
    expect(await modelOf(directory)).toBe('groq/model-1');
  });
});

describe('a restore is refused and changes nothing', () => {
  async function expectNothingChanged(
    copy: (directory: string) => string | null,
    line: RegExp,
  ): Promise<void> {
    const directory = await stateOf(1);
    const given = copy(directory);
    const before = filesIn(directory).slice(0, 1);
    const fault = faultOf(directory, given);
    expect(fault.exitCode).toBe(3);
    expect(fault.message).toMatch(line);
    expect(fault.message).not.toMatch(/\n|restore --/);
    expect(existsSync(join(directory, 'replaced'))).toBe(false);
    expect(filesIn(directory).filter((each) => (each as { name: string }).name === 'laneway.db')).toEqual(
      before.filter((each) => (each as { name: string }).name === 'laneway.db'),
    );
    expect(await modelOf(directory)).toBe('groq/model-1');
  }

  const given = (name: string, write: (path: string) => void) => () => {
    const path = join(temporaryFolder(), name);
    write(path);
    return path;
  };

  it('when there is no copy', () => expectNothingChanged(() => null, /there are no copies in .*backups/));

  it('when the copy does not exist', () =>
    expectNothingChanged(() => '/nowhere/x.db', /\/nowhere\/x\.db does not exist/));

  it('when the copy is empty', () =>
    expectNothingChanged(
      given('x.db', (path) => writeFileSync(path, '')),
      /is empty .* Nothing was changed/,
    ));

  it('when the copy is the database of another program', () =>
    expectNothingChanged(
      given('x.db', (path) => new Sqlite(path).exec('CREATE TABLE notes (text TEXT)').close()),
      /is not a state file of Laneway/,
    ));

  it('when the copy is from a newer version', async () => {
    const other = await stateOf(5);
    withDatabase(other, (database) =>
      database.exec(`INSERT INTO schema_migrations VALUES (99, '0099_later.sql', 'abc', '2030-01-01')`),
    );
    await expectNothingChanged(
      () => file(other),
      /was written by a newer version: it records the migration 0099_later\.sql/,
    );
  });

  it('when a page of the copy is garbage, in a table that a start does not check', async () => {
    const other = await stateOf(5);
    const bytes = readFileSync(file(other));
    const page = withDatabase(other, (database) =>
      database.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'request_kinds'`).pluck().get(),
    ) as number;
    bytes.fill(0xee, (page - 1) * 4_096, page * 4_096);
    await expectNothingChanged(
      given('x.db', (path) => writeFileSync(path, bytes)),
      /is damaged/,
    );
  });

  it('when a gateway holds the directory, with exit 4', async () => {
    const { directory, copy } = await switchedAfterCopy();
    const child = startChild('holding', directory);
    await child.until('open');
    const fault = faultOf(directory, copy);
    expect(fault.exitCode).toBe(4);
    expect(fault.message).toMatch(/is in use by a gateway: stop the gateway, restore, then start it again/);
    await child.kill();
    expect(restoreCopy(directory, copy, NOW).from).toBe(copy);
  });

  it('when the state directory does not exist, without creating it', () => {
    const directory = join(temporaryFolder(), 'missing');
    expect(faultOf(directory, null).message).toMatch(/the state directory .* does not exist/);
    expect(existsSync(directory)).toBe(false);
  });
});

it('an interrupted restore leaves a state file, and its leftovers do not affect the next one', async () => {
  const { directory } = await switchedAfterCopy();
  writeFileSync(`${file(directory)}.restored`, 'half');
  mkdirSync(`${file(directory)}.restored.check`);
  expect(await modelOf(directory)).toBe('groq/model-2');
  restoreCopy(directory, null, NOW);
  expect(await modelOf(directory)).toBe('groq/model-1');
});
