import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditHash, verifyChain } from '../../../src/store/audit/audit-chain.ts';
import type { AuditCheck } from '../../../src/store/store.ts';
import { openStore } from '../../../src/store/open.ts';
import {
  AT,
  configuration,
  numberedSwitch,
  openForTest,
  readableLog,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

const UNIMPLEMENTED = '2026-02-01T00:00:00.000Z';

/** A state directory with six audit rows of every kind; made once. */
let template = '';

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'laneway-store-'));
  const store = await openStore({ directory: template, log: readableLog() });
  await store.noteConfiguration(configuration('one', AT));
  await store.noteConfiguration(configuration('two', AT, 'nodes.evaluate')); // row 1
  await store.assign(numberedSwitch(1, { reason: 'faster' }));
  await store.assign(numberedSwitch(2, { user: 'ann', expiresAt: AT }));
  await store.expireAssignments({ at: UNIMPLEMENTED, labels: {} });
  await store.assign(numberedSwitch(0, { to: null, action: 'undo', undoes: 2 }));
  await store.assign(numberedSwitch(3));
  await store.close();
});

afterAll(() => rmSync(template, { recursive: true, force: true }));

/** Result of the check after the file was changed. */
function checkAfter(sql: string): AuditCheck {
  const directory = temporaryFolder();
  cpSync(template, directory, { recursive: true });
  return withDatabase(directory, (database) => {
    database.exec(sql);
    return verifyChain(database);
  });
}

describe('the chain of the audit', () => {
  it('is intact as written by the gateway', () => {
    expect(checkAfter('')).toEqual({ rows: 6, brokenAt: null, fault: null });
  });

  it.each([
    ['seq', '99', 'row 99'],
    ['at', `'2020-01-01'`, 'row 3'],
    ['actor', `'somebody else'`, 'row 3'],
    ['action', `'reset'`, 'row 3'],
    ['subject', `'answer'`, 'row 3'],
    ['user', 'NULL', 'row 3'],
    ['"from"', 'NULL', 'row 3'],
    ['"to"', `''`, 'row 3'],
    ['reason', `'another'`, 'row 3'],
    ['before', `'{}'`, 'row 3'],
    ['undoes', '1', 'row 3'],
    ['hash', `'${'0'.repeat(64)}'`, 'row 3'],
  ])('reports that %s of a row was changed', (column, value, row) => {
    const { fault } = checkAfter(`UPDATE audit_log SET ${column} = ${value} WHERE seq = 3`);
    expect(fault).toContain(column === 'seq' ? 'row 4' : row);
  });

  it.each([
    ['the first row', 'DELETE FROM audit_log WHERE seq = 1', 'row 2', 2],
    ['a row in the middle', 'DELETE FROM audit_log WHERE seq = 4', 'row 5', 5],
    ['the newest row', 'DELETE FROM audit_log WHERE seq = 6', 'the last remaining row is row 5', 6],
    ['every row', 'DELETE FROM audit_log', 'no rows remain', 1],
  ])('reports that %s is missing, and where the chain ends', (_, sql, names, at) => {
    const { fault, brokenAt } = checkAfter(sql);
    expect(fault).toContain(names);
    expect(brokenAt).toBe(at);
  });

  it('reports a row that was inserted', () => {
    const copy = `INSERT INTO audit_log SELECT 7, at, actor, action, subject, user, "from", "to", reason, before, NULL, hash
      FROM audit_log WHERE seq = 6`;
    expect(checkAfter(copy).fault).toContain('row 7');
  });

  it('reports a changed row whose own hash was recomputed', () => {
    const directory = temporaryFolder();
    cpSync(template, directory, { recursive: true });
    const check = withDatabase(directory, (database) => {
      const rows = database.prepare<[], Parameters<typeof auditHash>[1] & { hash: string }>(
        'SELECT * FROM audit_log WHERE seq IN (2, 3) ORDER BY seq',
      );
      const [second, third] = rows.all();
      if (second === undefined || third === undefined) throw new Error('no rows');
      const hash = auditHash(second.hash, { ...third, actor: 'nobody' });
      database.prepare(`UPDATE audit_log SET actor = 'nobody', hash = ? WHERE seq = 3`).run(hash);
      return verifyChain(database);
    });
    expect(check.fault).toContain('row 4');
  });

  it('stays broken when the gateway writes on after the newest row was removed', async () => {
    const directory = temporaryFolder();
    cpSync(template, directory, { recursive: true });
    withDatabase(directory, (database) => database.exec('DELETE FROM audit_log WHERE seq = 6'));
    const store = await openForTest(directory);
    await store.assign(numberedSwitch(9));
    await store.close();
    expect(withDatabase(directory, verifyChain).fault).toContain('row 6');
  });
});

describe('the list of the audit', () => {
  it('pages newest first, and names the user of an override', async () => {
    const store = await openForTest(temporaryFolder());
    for (const user of [null, 'ann', null]) await store.assign(numberedSwitch(1, { user, reason: user }));
    await store.assign(numberedSwitch(2));
    const first = await store.listAudit({ limit: 2, before: null, subject: null });
    expect(first.entries.map(({ seq, subject }) => [seq, subject])).toEqual([
      [3, 'evaluate'],
      [2, 'evaluate of ann'],
    ]);
    expect(first.next).toBe(2);
    const last = await store.listAudit({ limit: 2, before: first.next, subject: null });
    expect(last.entries).toEqual([
      {
        ...{ seq: 1, at: AT, actor: 'local', action: 'switch', subject: 'evaluate', reason: null },
        ...{
          from: 'groq/model-0',
          to: 'groq/model-1',
          hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        },
      },
    ]);
    expect(last.next).toBeNull();
  });

  it('of one subject omits other subjects and overrides of users', async () => {
    const store = await openForTest(temporaryFolder());
    await store.assign(numberedSwitch(1));
    await store.assign(numberedSwitch(2, { user: 'ann' }));
    await store.assign(numberedSwitch(3, { subject: 'lane:coder' }));
    await store.assign(numberedSwitch(4));
    const page = await store.listAudit({ limit: 1, before: null, subject: 'evaluate' });
    expect([page.entries.map((entry) => entry.seq), page.next]).toEqual([[4], 4]);
    const rest = await store.listAudit({ limit: 1, before: page.next, subject: 'evaluate' });
    expect([rest.entries.map((entry) => entry.seq), rest.next]).toEqual([[1], null]);
    expect((await store.listAudit({ limit: 9, before: null, subject: 'lane:coder' })).entries).toHaveLength(
      1,
    );
  });
});
