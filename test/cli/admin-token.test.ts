import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { adminToken, UnusableToken } from '../../src/cli/admin-token.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-token-'));
  onTestFinished(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
});
const file = (): string => join(folder, 'admin.token');

test('the first start creates a token that only its owner can read, and later starts keep it', () => {
  const made = adminToken(folder);
  expect(made).toMatchObject({ path: file(), isNew: true });
  expect(Buffer.from(made.token, 'base64url')).toHaveLength(32);
  expect(readFileSync(file(), 'utf8')).toBe(`${made.token}\n`);
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['admin.token']);
  expect(adminToken(folder)).toEqual({ ...made, isNew: false });
});

test('two gateways never create the same token', () => {
  const first = adminToken(folder).token;
  rmSync(file());
  expect(adminToken(folder).token).not.toBe(first);
});

test('an empty file, as after a full disk, is replaced', () => {
  writeFileSync(file(), '\n');
  expect(adminToken(folder).isNew).toBe(true);
});

test('a token written by the operator is used, and made private', () => {
  writeFileSync(file(), 'fake-token-0123456789\n', { mode: 0o644 });
  expect(adminToken(folder).token).toBe('fake-token-0123456789');
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test.each(['short', 'two words of more than sixteen', 'fake-tökèn-0123456789'])(
  'a token that cannot be sent or could be guessed is rejected without printing it: %s',
  (token) => {
    writeFileSync(file(), token);
    expect(() => adminToken(folder)).toThrow(UnusableToken);
    expect(() => adminToken(folder)).toThrow(/at least 16 visible ASCII characters/);
    expect(() => adminToken(folder)).not.toThrow(token);
  },
);

test('when none can be created, the message says what to do', () => {
  expect(() => adminToken(join(folder, 'missing'))).toThrow(/ENOENT.*set LANEWAY_ADMIN_TOKEN/);
});
