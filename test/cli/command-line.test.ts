import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../store/harness.ts';
import { laneway, ROOT, run } from './command.ts';

describe('the command line', () => {
  it('lists its commands with --help, and prints its version', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await laneway(['--help'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/switch .*\n[^]*audit .*\n +backup .*\n +restore /);
    expect(await laneway(['--version'], folder)).toMatchObject({ code: 0, stdout: '0.1.0\n' });
    expect((await laneway(['restore', '--help'], folder)).stdout).toMatch(/--list[^]*--data-dir/);
  });

  it.each([
    [['restor'], /Did you mean restore/],
    [['restore', '--lost'], /Did you mean --list/],
    [['restore', 'one', 'two'], /too many arguments/],
    [['config'], /validate/],
  ])('reports what is wrong with %j, exit 2, no stack', async (parameters, words) => {
    const { code, stderr } = await laneway(parameters, temporaryFolder());
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('reports a system error in one line', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'data'), 'a file');
    const { code, stderr } = await laneway(['restore'], folder);
    expect(code).not.toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('reads .env, LANEWAY_DATA_DIR and --data-dir, in increasing precedence', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'LANEWAY_DATA_DIR=from-file\n');
    const list = ['restore', '--list'];
    expect((await laneway(list, folder)).stdout).toContain('in from-file/backups');
    const env = { LANEWAY_DATA_DIR: 'from-environment' };
    expect((await laneway(list, folder, env)).stdout).toContain('in from-environment/backups');
    expect((await laneway([...list, '--data-dir', 'given'], folder, env)).stdout).toContain(
      'in given/backups',
    );
  });

  it('reads the first variable of a .env with a byte order mark', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), '\ufeffLANEWAY_DATA_DIR=from-file\n');
    expect((await laneway(['restore', '--list'], folder)).stdout).toContain('in from-file/backups');
  });

  it('can be started as a program, and as a script of the package', async () => {
    const program = join(ROOT, 'scripts', 'laneway.mjs');
    if (process.platform !== 'win32') expect(statSync(program).mode & 0o111).toBe(0o111);
    const { code, stdout } = await run('npm', ['run', '-s', 'laneway', '--', '--version'], ROOT);
    expect([code, stdout]).toEqual([0, '0.1.0\n']);
  });
});
