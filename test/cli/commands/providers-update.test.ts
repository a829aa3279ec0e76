import { expect, test } from 'vitest';
import { laneway } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const KEY = 'fake-key-0001';

/** A gateway with the provider `extra`, which has a stored key. */
async function withExtra(): Promise<readonly string[]> {
  const { url } = await realGateway();
  const at = ['--url', url];
  await laneway(
    ['providers', 'add', 'extra', '-t', 'custom', '-b', 'http://127.0.0.1:9/v1', '--key-stdin', ...at],
    { input: KEY },
  );
  return at;
}

test('providers update changes what its options name, and shows the provider', async () => {
  const at = await withExtra();
  const off = await laneway(['providers', 'update', 'extra', '--disable', '--name', 'Extra', ...at]);
  expect(off).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^updated extra\n\n/) });
  expect(off.stdout).toMatch(/\nextra +openai_compatible +disabled +secret:provider:extra +database /);
  const on = await laneway(['providers', 'update', 'extra', '--enable', '--local', '--json', ...at]);
  expect(JSON.parse(on.stdout)).toMatchObject({ enabled: true, local: true, name: 'Extra' });
  const away = await laneway(['providers', 'update', 'extra', '--no-local', ...at]);
  expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('for local providers only') });
});

test('providers update sets a new key from standard input, and never prints it', async () => {
  const at = await withExtra();
  const ran = await laneway(['providers', 'update', 'extra', '--key-stdin', ...at], {
    input: 'fake-key-0002\n',
  });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('updated extra') });
  expect(JSON.stringify(ran)).not.toContain('fake-key-0002');
});

test('providers update with another address and no key says that the key is not set any more, and how to set it', async () => {
  const at = await withExtra();
  const moved = await laneway(['providers', 'update', 'extra', '-b', 'http://127.0.0.1:10/v1', ...at]);
  expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining('http://127.0.0.1:10/v1') });
  expect(moved.stderr).toContain('its key is not set any more');
  expect(moved.stderr).toContain('laneway providers update extra --key-stdin');
});

test('providers update without an option, or with both --enable and --disable, is a wrong call', async () => {
  const at = await withExtra();
  const none = await laneway(['providers', 'update', 'extra', ...at]);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to change') });
  const both = await laneway(['providers', 'update', 'extra', '--enable', '--disable', ...at]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('--disable') });
});

test('providers add of one that exists, and remove of one of the files, name the command that changes it', async () => {
  const at = await withExtra();
  const again = await laneway(['providers', 'add', 'extra', '-t', 'custom', ...at]);
  expect(again.stderr).toBe('provider "extra" exists; change it with laneway providers update extra\n');
  const removed = await laneway(['providers', 'remove', 'box', ...at]);
  expect(removed.stderr).toMatch(/disable it instead: laneway providers update box --disable\n$/);
});

test('providers update takes --local or --no-local, not both', async () => {
  for (const both of [
    ['--local', '--no-local'],
    ['--no-local', '--local'],
  ]) {
    const { code, stderr } = await laneway(['providers', 'update', 'box', ...both]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--local and --no-local exclude each other')]);
  }
});
