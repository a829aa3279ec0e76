import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { peerOf } from '../../bench/peers.ts';

const folder = mkdtempSync(join(tmpdir(), 'laneway-peers-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a peer is started with its port and upstream, its words as they are, without a shell', async () => {
  const peer = peerOf('other=echo --listen={port} {upstream}/v1 $HOME;');
  expect(peer.name).toBe('other');
  const log = join(folder, 'log');
  const child = peer.start({ port: 81, upstreamPort: 82, folder, log });
  await new Promise((resolve) => child.once('exit', resolve));
  expect(readFileSync(log, 'utf8')).toBe('--listen=81 http://127.0.0.1:82/v1 $HOME;\n');
});

test('a peer without a command, or with a name of the bench, is refused', () => {
  expect(() => peerOf('other')).toThrow('not NAME=COMMAND');
  expect(() => peerOf('bare=echo')).toThrow("a name of the bench's own");
});
