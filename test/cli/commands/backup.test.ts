import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fakeGateway, laneway, refusal } from './harness.ts';
import { realGateway } from './real-gateway.ts';

test('backup makes a copy of the state and prints where it is; restore finds it', async () => {
  const gateway = await realGateway();
  const { code, stdout } = await laneway(['backup', '--url', gateway.url]);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^\/\S+\/backups\/laneway-\d+T\d+Z\.db {2}\d+\.\d MB\n$/),
  ]);
  const [file = ''] = stdout.split(' ');
  const list = await laneway(['restore', '--list', '--data-dir', file.replace(/\/backups\/.*/, '')]);
  expect(list.stdout).toContain(file);
});

test('a backup that cannot be made is exit 1 with the reason', async () => {
  const reply = refusal(503, 'store_unavailable', 'no backup was made: the disk is full');
  const { url } = await fakeGateway({ 'POST /api/backups': reply });
  const ran = await laneway(['backup', '--url', url]);
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'no backup was made: the disk is full\n' });
});

test('a backup that fails does not read as if the state were lost', async () => {
  const gateway = await realGateway();
  const { stdout } = await laneway(['backup', '--url', gateway.url]);
  const folder = stdout.replace(/\/laneway-\d[^]*/, '');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way');
  const { code, stderr } = await laneway(['backup', '--url', gateway.url]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^no backup was made: .*; the state itself is not affected; /);
  expect(stderr).not.toContain('unavailable');
});
