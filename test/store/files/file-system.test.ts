import { describe, expect, it } from 'vitest';
import {
  unsafeFileSystem,
  warnOfFileSystem,
  type FileSystemReader,
} from '../../../src/store/files/file-system.ts';
import { readableLog } from '../harness.ts';

/** A machine with these mounts, as `point kind`; the directory is where it says it is. */
function machine(mounts: readonly string[], changes: Partial<FileSystemReader> = {}): FileSystemReader {
  const lines = mounts.map((mount, index) => {
    const [point, kind] = mount.split(' ');
    return `${index + 20} 1 8:1 / ${point} rw,relatime shared:${index} - ${kind} /dev/x rw`;
  });
  return {
    platform: 'linux',
    realpath: (path) => Promise.resolve(path),
    mounts: () => Promise.resolve(`${lines.join('\n')}\n`),
    type: () => Promise.resolve(0xef53),
    ...changes,
  };
}

const noMounts = (): Promise<never> => Promise.reject(new Error('no /proc here'));

describe('a state directory that WAL does not work on is told', () => {
  it.each([
    ['nfs4'],
    ['cifs'],
    ['smb3'],
    ['9p'],
    ['virtiofs'],
    ['fakeowner'],
    ['fuse.sshfs'],
    ['fuse.grpcfuse'],
    ['fuse.osxfs'],
    ['vboxsf'],
  ])('on %s', async (kind) => {
    const reader = machine(['/ ext4', `/srv/data ${kind}`]);
    expect(await unsafeFileSystem('/srv/data/laneway', reader)).toBe(kind);
    expect(await unsafeFileSystem('/srv/data2', reader)).toBeNull();
  });

  it.each([
    ['0x6969', 0x6969, 'nfs'],
    ['0xff534d42, negative as some kernels give it', 0xff534d42 | 0, 'cifs'],
    ['0x65735546', 0x65735546, 'fuse'],
  ])('by its number %s where mounts cannot be read', async (_, number, kind) => {
    const type = (): Promise<number> => Promise.resolve(number);
    expect(await unsafeFileSystem('/data', machine([], { mounts: noMounts, type }))).toBe(kind);
  });

  it('by the mount that is on top, with blanks in its name', async () => {
    const reader = machine(['/ ext4', '/my\\040data ext4', '/my\\040data nfs']);
    expect(await unsafeFileSystem('/my data', reader)).toBe('nfs');
  });

  it('on Windows, when it is a network share', async () => {
    const reader = machine([], { platform: 'win32' });
    expect(await unsafeFileSystem('\\\\box\\share\\data', reader)).toBe('network share');
    expect(await unsafeFileSystem('C:\\data', reader)).toBeNull();
  });
});

describe('a local one is not', () => {
  it.each([['ext4'], ['xfs'], ['btrfs'], ['overlay'], ['tmpfs'], ['fuseblk'], ['fuse.fuse-overlayfs']])(
    '%s',
    async (kind) => {
      expect(await unsafeFileSystem('/data', machine(['/ nfs4', `/data ${kind}`]))).toBeNull();
    },
  );

  it('nor what cannot be told', async () => {
    const type = noMounts;
    expect(await unsafeFileSystem('/data', machine([], { mounts: noMounts, type }))).toBeNull();
    expect(await unsafeFileSystem('/data', machine([], { realpath: noMounts }))).toBeNull();
    expect(await unsafeFileSystem('/data', machine(['/ nfs'], { platform: 'darwin' }))).toBeNull();
  });
});

it('the warning is one, and names the directory, the kind and what to do', async () => {
  const log = readableLog();
  await warnOfFileSystem('/data', log, machine(['/ nfs4']));
  await warnOfFileSystem('/data', log, machine(['/ ext4']));
  expect(log.lines).toEqual([
    {
      level: 'warn',
      message: expect.stringMatching(/local disk or a container volume \(LANEWAY_DATA_DIR\)/),
      fields: { directory: '/data', file_system: 'nfs4' },
    },
  ]);
});
