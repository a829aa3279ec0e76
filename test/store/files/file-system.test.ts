import { expect, it } from 'vitest';
import {
  networkFileSystem,
  warnOfFileSystem,
  type FileSystemReader,
} from '../../../src/store/files/file-system.ts';
import { readableLog } from '../harness.ts';

/** A machine whose directories are all on a file system of this type. */
function machine(type: number, changes: Partial<FileSystemReader> = {}): FileSystemReader {
  return {
    platform: 'linux',
    realpath: (path) => Promise.resolve(path),
    type: () => Promise.resolve(type),
    ...changes,
  };
}

const EXT4 = 0xef53;

const fails = (): Promise<never> => Promise.reject(new Error('no such directory'));

it.each([
  ['nfs', 0x6969],
  ['cifs', 0xff534d42 | 0],
  ['smb3', 0xfe534d42],
  ['9p', 0x01021997],
  ['fuse', 0x65735546],
])('%s is recognised by its type', async (kind, type) => {
  expect(await networkFileSystem('/data', machine(type))).toBe(kind);
});

it('a network share is recognised on Windows', async () => {
  const windows = machine(0, { platform: 'win32' });
  expect(await networkFileSystem('\\\\box\\share\\data', windows)).toBe('network share');
  expect(await networkFileSystem('\\\\?\\UNC\\box\\share', windows)).toBe('network share');
  expect(await networkFileSystem('C:\\data', windows)).toBeNull();
});

it.each([
  ['ext4', EXT4],
  ['xfs', 0x58465342],
  ['btrfs', 0x9123683e],
  ['overlay', 0x794c7630],
  ['tmpfs', 0x01021994],
])('%s is local', async (_, type) => {
  expect(await networkFileSystem('/data', machine(type))).toBeNull();
});

it('an unknown file system counts as local', async () => {
  expect(await networkFileSystem('/data', machine(0x6969, { type: fails }))).toBeNull();
  expect(await networkFileSystem('/data', machine(0x6969, { platform: 'darwin' }))).toBeNull();
  expect(await networkFileSystem('C:\\data', machine(0, { platform: 'win32', realpath: fails }))).toBeNull();
});

it('there is one warning, with the directory, the file system and what to do', async () => {
  const log = readableLog();
  await warnOfFileSystem('/data', log, machine(0x6969));
  await warnOfFileSystem('/data', log, machine(EXT4));
  expect(log.lines).toEqual([
    {
      level: 'warn',
      message: expect.stringMatching(
        /set LANEWAY_DATA_DIR to a directory on a local disk or a container volume/,
      ),
      fields: { directory: '/data', file_system: 'nfs' },
    },
  ]);
});
