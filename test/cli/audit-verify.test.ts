import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { numberedSwitch, openForTest, temporaryFolder, withDatabase } from '../store/harness.ts';
import { laneway } from './command.ts';

const VERIFY = ['audit', 'verify'];

it('audit verify counts the rows of an intact chain, with and without a running gateway', async () => {
  const folder = temporaryFolder();
  const directory = join(folder, 'data');
  const store = await openForTest(directory);
  for (let number = 1; number <= 3; number += 1) await store.assign(numberedSwitch(number));
  expect(await laneway(VERIFY, folder)).toEqual({ code: 0, stdout: '3 rows, chain intact\n', stderr: '' });
  await store.assign(numberedSwitch(4));
  await store.close();
  expect(await laneway(VERIFY, folder)).toMatchObject({ code: 0, stdout: '4 rows, chain intact\n' });
  const again = await openForTest(directory);
  expect((await again.load()).generation).toBe(4);
});

it('audit verify reports the first changed row, exit 1', async () => {
  const folder = temporaryFolder();
  const directory = join(folder, 'data');
  const store = await openForTest(directory);
  for (let number = 1; number <= 5; number += 1) await store.assign(numberedSwitch(number));
  await store.close();
  withDatabase(directory, (database) =>
    database.exec(`UPDATE audit_log SET actor = 'nobody' WHERE seq IN (3, 5)`),
  );
  const { code, stdout } = await laneway(VERIFY, folder);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^row 3 [^\n]+\n$/);
});

it('audit verify without a valid state file is exit 3, one line', async () => {
  const folder = temporaryFolder();
  expect(await laneway([...VERIFY, '-d', folder], folder)).toMatchObject({ code: 3, stdout: '' });
  writeFileSync(join(folder, 'laneway.db'), 'no database at all');
  const { code, stderr } = await laneway([...VERIFY, '-d', folder], folder);
  expect(code).toBe(3);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
