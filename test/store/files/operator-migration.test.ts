import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { EMPTY_STATE } from '../../../src/store/files/unwritable.ts';
import { auditHash, CHAIN_START, verifyChain } from '../../../src/store/audit/audit-chain.ts';
import { readState } from '../../../src/store/transactions.ts';
import { migrate, readMigrations } from '../../../src/store/files/migrations.ts';
import { readStateFile } from '../../../src/store/files/state-file.ts';
import { requestNumber } from '../../../src/util/request-id.ts';
import {
  AT,
  auditOf,
  filesIn,
  integrityOf,
  ledgerRow,
  rowId,
  numberedSwitch,
  openForTest,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

/** A state directory as written by the previous version, after these statements. */
function directoryOfFirstVersion(sql: string): string {
  const directory = temporaryFolder();
  const database = new Sqlite(join(directory, 'laneway.db'));
  migrate(database, readMigrations().slice(0, 1), AT);
  database.exec(sql);
  database.pragma('journal_mode = WAL');
  database.close();
  return directory;
}

const USED = `
  UPDATE settings SET value = 7 WHERE name = 'generation';
  INSERT INTO settings VALUES ('configuration_fingerprint', 'one');
  INSERT INTO node_overrides VALUES
    ('evaluate', 'groq/quick', NULL, 'faster', 'local', '${AT}'),
    ('answer', NULL, 'coder', NULL, 'admin', '${AT}');
  INSERT INTO audit_log VALUES
    (1, '${AT}', 'local', 'switch', 'evaluate', 'a/b', 'groq/quick', 'quotes "\\ and' || char(10, 0x1F600, 0x2028)),
    (2, '${AT}', 'admin', 'switch', 'answer', 'a/b', 'lane:coder', NULL),
    (5, '${AT}', 'local', 'reload', 'configuration', 'zero', 'one', NULL);
  INSERT INTO plans VALUES (3, '[]');
  INSERT INTO requests (id, state, started_at, endpoint, wire, requested, generation, stream, phases, plan_id, warnings)
    VALUES ('${rowId(1)}', 'settled', '${AT}', '/v1/x', 'wire', 'auto', 7, 0, '[]', 3, '[]');
  INSERT INTO node_durations VALUES ('evaluate', 'groq/quick', 412, '${AT}');`;

it('a state file of the previous version keeps its overrides, audit, ledger and generation', async () => {
  const directory = directoryOfFirstVersion(USED);
  const store = await openForTest(directory);
  const override = {
    user: null,
    model: null,
    lane: null,
    settings: null,
    reason: null,
    at: AT,
    expiresAt: null,
  };
  expect(await store.load()).toEqual({
    generation: 7,
    overrides: [
      { ...override, subject: 'answer', lane: 'coder', actor: 'admin' },
      { ...override, subject: 'evaluate', model: 'groq/quick', reason: 'faster', actor: 'local' },
    ],
    durations: [{ node: 'evaluate', target: 'groq/quick', lastMs: 412, atMs: Date.parse(AT) }],
    configuration: EMPTY_STATE.configuration,
    engines: EMPTY_STATE.engines,
    newestRequest: requestNumber(rowId(1)),
  });
  const { entries } = await store.listAudit({ limit: 10, before: null, subject: null });
  expect(entries.map(({ seq, subject, to }) => [seq, subject, to])).toEqual([
    [5, 'configuration', 'one'],
    [2, 'answer', 'lane:coder'],
    [1, 'evaluate', 'groq/quick'],
  ]);
  expect(entries[2]?.reason).toBe('quotes "\\ and\n😀\u2028');
  expect(await store.getRequest(rowId(1))).toMatchObject({ generation: 7, plan: '[]' });
  await store.close();
  expect(integrityOf(directory)).toBe('ok');
});

it('audit rows of the previous version are chained, and new rows continue the chain', async () => {
  const directory = directoryOfFirstVersion(USED);
  const store = await openForTest(directory);
  await store.assign(numberedSwitch(1));
  await store.close();
  expect(withDatabase(directory, verifyChain)).toEqual({ rows: 4, brokenAt: null, fault: null });
  let previous = CHAIN_START;
  for (const { hash, ...row } of auditOf(directory)) {
    expect(hash).toBe(auditHash(previous, row));
    previous = hash;
  }
});

it('changes of the previous version cannot be undone, because it did not record the previous overrides', async () => {
  const store = await openForTest(directoryOfFirstVersion(USED));
  expect(await store.lastStep({ user: null, subject: 'evaluate' }, null)).toBeNull();
});

it('an unused state file of the previous version opens, with an empty, intact chain', async () => {
  const directory = directoryOfFirstVersion('');
  const store = await openForTest(directory);
  store.record(ledgerRow(rowId(1)));
  await store.close();
  expect(withDatabase(directory, verifyChain)).toEqual({ rows: 0, brokenAt: null, fault: null });
});

it('a check of the audit of the previous version reports that it has no chain yet', () => {
  const directory = directoryOfFirstVersion(USED);
  expect(withDatabase(directory, verifyChain).fault).toContain('older version');
});

it('overrides of the previous version are read from a directory that cannot be written, without changing it', () => {
  const directory = directoryOfFirstVersion(USED);
  const before = filesIn(directory);
  const state = readStateFile(directory, readState);
  expect(state?.generation).toBe(7);
  expect(state?.overrides.map(({ user, subject }) => [user, subject])).toEqual([
    [null, 'answer'],
    [null, 'evaluate'],
  ]);
  expect(state?.durations).toHaveLength(1);
  expect(filesIn(directory)).toEqual(before);
});
