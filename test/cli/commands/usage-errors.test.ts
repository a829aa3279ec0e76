import { expect, test } from 'vitest';
import { laneway } from './harness.ts';

test.each([
  [['migrate'], 'laneway migrate --help'],
  [['providers', 'add', 'x'], 'laneway providers add --help'],
  [['switch', 'a', 'b', '--expires', '2x'], 'laneway switch --help'],
  [['frob'], 'laneway --help'],
])('%j is answered with the help that has the answer', async (args, help) => {
  const { code, stderr } = await laneway(args);
  expect(code).toBe(2);
  expect(stderr).toContain(help);
});

test('only commands that read a key say where keys are read from', async () => {
  const status = (await laneway(['status', 'fake-key-0001'])).stderr;
  expect(status).toMatch(/Expected 0 arguments but got 1\.\n/);
  const update = (await laneway(['providers', 'update', 'box', 'fake-key-0001'])).stderr;
  expect(update).toContain('keys are read from standard input');
  expect(status + update).not.toContain('fake-key');
});

test('a file that does not exist is named as such by every command that reads one', async () => {
  for (const command of [['profiles', 'import'], ['secrets', 'import'], ['migrate']]) {
    const { code, stderr } = await laneway([...command, '/nonexistent/file.json']);
    expect([code, stderr]).toEqual([2, '/nonexistent/file.json does not exist\n']);
  }
});
