import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openForTest, temporaryFolder } from '../store/harness.ts';
import { laneway, ROOT } from './command.ts';
import { realGateway } from './commands/real-gateway.ts';

test('the process ends with the documented exit code, and nothing but the result on standard output', async () => {
  const folder = temporaryFolder();
  const { url } = await realGateway();
  const env = { LANEWAY_URL: url };
  expect(await laneway(['nodes', '--json'], folder, env)).toMatchObject({ code: 0, stderr: '' });
  expect(await laneway(['undo', 'evaluate'], folder, env)).toMatchObject({ code: 1, stdout: '' });
  expect(await laneway(['reset'], folder, env)).toMatchObject({ code: 2, stdout: '' });
  expect(await laneway(['audit', 'verify'], folder)).toMatchObject({ code: 3, stdout: '' });
  expect(await laneway(['nodes', '--url', '127.0.0.1:9'], folder)).toMatchObject({ code: 6, stdout: '' });
  expect(await laneway(['events', '--url', '127.0.0.1:9'], folder)).toMatchObject({ code: 6, stdout: '' });
  const directory = join(folder, 'data');
  await openForTest(directory);
  writeFileSync(join(folder, 'copy.db'), 'no database');
  expect(await laneway(['restore'], folder)).toMatchObject({ code: 4, stdout: '' });
});

test('LANEWAY_PORT of .env is the gateway that is called', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), 'LANEWAY_PORT=9\n');
  expect((await laneway(['nodes'], folder)).stderr).toContain('http://127.0.0.1:9 ');
});

test('an invalid .env is exit 2 without a stack', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), Buffer.from([0xff, 0xfe, 0x41]));
  const { code, stdout, stderr } = await laneway(['nodes'], folder);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe('.env: not valid UTF-8\n');
});

test('a reader that closes the pipe ends a command without a stack', async () => {
  const { url } = await realGateway();
  const main = join(ROOT, 'scripts', 'node.mjs');
  const command = `"$0" "$1" "$2" config schema | head -1; exit "\${PIPESTATUS[0]}"`;
  const child = spawn('bash', ['-c', command, process.execPath, main, join(ROOT, 'src', 'cli', 'main.ts')], {
    env: { PATH: process.env['PATH'], LANEWAY_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect([code, stdout, stderr]).toEqual([0, '{\n', '']);
});

test('Ctrl-C ends a stream at once, without a message', async () => {
  const { url } = await realGateway();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'scripts', 'node.mjs'), join(ROOT, 'src', 'cli', 'main.ts'), 'events', '--url', url],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  // A shell reports the signal as 130, and so does the launcher where it has a child.
  expect(signal ?? code).toBeOneOf(['SIGINT', 130]);
});
