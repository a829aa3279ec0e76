import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { integrityOf, rowId, startChild, temporaryFolder, withDatabase } from '../harness.ts';

/** File size limit of the child in bytes: the empty database and its log fit, a thousand ledger rows do not. */
const LIMIT = 400 * 1_024;

// A file size limit simulates a full disk: the write fails at the same place.
it.skipIf(process.platform !== 'linux')(
  'when the disk is full the process keeps serving, rejects switches, and writes all rows once there is space',
  async () => {
    const directory = temporaryFolder();
    const child = startChild('filling', directory, ['prlimit', `--fsize=${LIMIT}:unlimited`]);
    await child.until('open');
    await child.until('error the ledger cannot be written; keeping rows in memory and retrying');
    await child.until(`unavailable ${rowId(999)}`); // waiting rows can be read

    execFileSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited']);
    const lines: (string | undefined)[] = [];
    while (lines.at(-1) !== 'closed') lines.push(await child.line());
    expect(lines).toContain(`switched ${rowId(999)}`);
    expect(lines).toContain('warn the ledger is writable again');
    expect(await child.exitCode()).toBe(0);
    expect(integrityOf(directory)).toBe('ok');
    const [rows, audits, generation] = withDatabase(directory, (database) =>
      [
        'SELECT count(*) FROM requests',
        'SELECT count(*) FROM audit_log',
        `SELECT value FROM settings WHERE name = 'generation'`,
      ].map((sql) => database.prepare(sql).pluck().get()),
    );
    expect(rows).toBe(1_000);
    expect(audits).toBe(generation);
  },
);
