import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listCopies } from '../../src/store/backup/copies.ts';
import { openStore } from '../../src/store/open.ts';
import { numberedSwitch, readableLog, temporaryFolder } from '../store/harness.ts';
import { AT_ONCE, openWith, until } from '../store/maintenance.ts';
import { runToEnd, startProcess } from '../support/process.ts';
import { laneway, ROOT, run } from './command.ts';

/** A state directory with a switch, a copy of it made by the running store, and a later switch. */
async function stateWithCopy(directory: string): Promise<void> {
  const first = await openWith({ directory, now: () => Date.parse('2026-01-02T03:04:05Z') });
  await first.assign(numberedSwitch(1));
  await first.close();
  const store = await openStore({
    directory,
    log: readableLog(),
    maintenance: AT_ONCE,
    now: () => Date.parse('2026-01-02T03:04:05Z'),
  });
  await until(() => listCopies(directory).length === 1);
  await store.assign(numberedSwitch(2));
  await store.close();
}

it('the command in the message of a refused start restores the state, including the switch before the copy', async () => {
  const folder = temporaryFolder();
  const directory = join(folder, 'the state');
  const env = { LANEWAY_DATA_DIR: directory };
  const start = await startProcess({ folder, env });
  onTestFinished(() => start.stop());
  const switched = await fetch(`${start.url}/api/debug/models/evaluate`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lane: 'fast_rag', reason: 'before the copy' }),
  });
  expect(switched.status).toBe(200);
  start.child.kill('SIGTERM');
  await start.exit;
  const store = await openStore({ directory, log: readableLog(), maintenance: AT_ONCE });
  await until(() => listCopies(directory).length === 1);
  await store.close();

  truncateSync(join(directory, 'laneway.db'), Math.floor(statSync(join(directory, 'laneway.db')).size / 3));
  const refused = await runToEnd({ folder, env });
  expect(refused.code).toBe(3);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  const [, command = ''] = /run: (node .+)\n/.exec(refused.stderr) ?? [];
  expect(command).not.toBe('');

  const elsewhere = temporaryFolder();
  const restored = await run('sh', ['-c', command], elsewhere);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  const [, undo = ''] = /to undo: (node .+)\n/.exec(restored.stdout) ?? [];
  // The replaced file was found, but is rejected because it is damaged.
  expect((await run('sh', ['-c', undo], elsewhere)).stderr).toMatch(
    /replaced\/\S+ is damaged .*Nothing was changed/,
  );

  const again = await startProcess({ folder, env });
  onTestFinished(() => again.stop());
  const reply = await fetch(`${again.url}/api/debug/models`);
  expect(JSON.stringify(await reply.json())).toContain('before the copy');
}, 20_000);

it('restore lists the copies and reports in one line what it did and how to undo it', async () => {
  const folder = temporaryFolder();
  await stateWithCopy(join(folder, 'data'));
  const copy = 'data/backups/laneway-20260102T030405Z.db';
  const list = await laneway(['restore', '--list'], folder);
  expect(list.stdout).toMatch(
    /^data\/backups\/laneway-20260102T030405Z\.db {2}2026-01-02 03:04:05 UTC {2}0\.\d MB\n$/,
  );

  const { code, stdout } = await laneway(['restore', copy], folder);
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stdout).toContain(`restored data/laneway.db from ${copy}`);
  expect(stdout).toMatch(/\(made \d{4}-\d\d-\d\d .* UTC, \d+ (?:min|h|days) ago\)/);
  const [, kept = ''] = /to undo: node \S+ restore (\S+) --data-dir \S+\n$/.exec(stdout) ?? [];
  expect(existsSync(kept)).toBe(true);
  const modelNow = async (): Promise<unknown> => {
    const store = await openWith({ directory: join(folder, 'data') });
    const { overrides } = await store.load();
    await store.close();
    return overrides[0]?.model;
  };
  expect(await modelNow()).toBe('groq/model-1');
  expect((await laneway(['restore', kept], folder)).code).toBe(0);
  expect(await modelNow()).toBe('groq/model-2');
});

it('restore of a damaged file is exit 3, with a running gateway exit 4, one line each', async () => {
  const folder = temporaryFolder();
  await stateWithCopy(join(folder, 'data'));
  writeFileSync(join(folder, 'bad.db'), 'no database');
  const bad = await laneway(['restore', 'bad.db'], folder);
  expect(bad).toMatchObject({
    code: 3,
    stdout: '',
    stderr: 'bad.db is not a SQLite file. Nothing was changed\n',
  });
  cpSync(join(folder, 'data', 'laneway.db'), join(folder, 'good.db'));
  await openWith({ directory: join(folder, 'data') });
  const inUse = await laneway(['restore', 'good.db'], folder);
  expect(inUse).toMatchObject({ code: 4, stdout: '' });
  expect(inUse.stderr).toMatch(/^data is in use by a gateway: [^\n]+\n$/);
});

it('in the repository itself the printed command is the script of the package', async () => {
  const directory = temporaryFolder();
  await stateWithCopy(directory);
  const { stdout } = await laneway(['restore', '--data-dir', directory], ROOT);
  expect(stdout).toMatch(/to undo: npm run laneway -- restore \S+ --data-dir \S+\n$/);
});

it('restore of the state file itself, under any name, is rejected and changes nothing', async () => {
  const folder = temporaryFolder();
  const directory = join(folder, 'data');
  await stateWithCopy(directory);
  const state = (): unknown => [
    readdirSync(directory).toSorted(),
    readFileSync(join(directory, 'laneway.db')),
  ];
  const before = state();
  symlinkSync(join('data', 'laneway.db'), join(folder, 'other.db'));
  for (const copy of ['data/laneway.db', 'other.db']) {
    expect(await laneway(['restore', copy], folder)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: `${copy} is the state file itself, not a copy (--list shows the copies). Nothing was changed\n`,
    });
  }
  expect(state()).toEqual(before);
});
