import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../store/harness.ts';
import { EMPTY_STATE, UnwritableStore } from '../../../../src/store/files/unwritable.ts';
import { realGateway } from '../real-gateway.ts';
import { doctor, healthy, setUp } from './harness.ts';

const isRoot = process.getuid?.() === 0;

test('a file in place of the state directory is a fault', async () => {
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  rmSync(surroundings.dataDirectory, { recursive: true });
  writeFileSync(surroundings.dataDirectory, '');
  const { code, of } = await doctor(surroundings);
  expect(code).toBe(1);
  expect(of('state_not_writable')).toMatchObject([
    {
      found: `${surroundings.dataDirectory} is a file, not a directory`,
      fix: expect.stringContaining('LANEWAY_DATA_DIR'),
    },
  ]);
});

test.skipIf(isRoot)(
  'a state directory without permission to write is a fault (skipped for root, who may write anywhere)',
  async () => {
    const surroundings = await setUp({ files: { 'models.json': await healthy() } });
    chmodSync(surroundings.dataDirectory, 0o500);
    expect((await doctor(surroundings)).of('state_not_writable')).toMatchObject([
      { found: expect.stringContaining('EACCES') },
    ]);
  },
);

test('a gateway that runs without state is a fault with its reason', async () => {
  const store = new UnwritableStore('the disk is full', EMPTY_STATE);
  const { url } = await realGateway({ config: await healthy(), store });
  const { code, of } = await doctor({}, '--url', url);
  expect(code).toBe(1);
  expect(of('state_not_writable')).toMatchObject([{ found: expect.stringContaining('the disk is full') }]);
});

/** A file system of one mebibyte, which only root can make; null: not here. */
function smallDisk(): string | null {
  const folder = join(temporaryFolder(), 'small');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', [folder]);
  });
  return folder;
}

test('a disk that is nearly full is a fault with what is left (skipped where none can be mounted)', async (context) => {
  const dataDirectory = smallDisk();
  if (dataDirectory === null) return context.skip('mounting a file system needs root');
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  const { code, of } = await doctor({ ...surroundings, dataDirectory });
  expect(code).toBe(1);
  expect(of('disk_nearly_full')).toMatchObject([
    { severity: 'fault', found: `only 1 MiB free for ${dataDirectory}` },
  ]);
});
