import { realpath, statfs } from 'node:fs/promises';
import type { Log } from '../../protocol/log.ts';

/**
 * `f_type` of the file systems on which SQLite's write-ahead log may corrupt a database, because their locks and shared
 * memory do not reach all hosts (https://sqlite.org/wal.html), from linux/magic.h and stat.c of GNU coreutils.
 * `fuse` covers sshfs and the shared folders of virtual machines and of Docker Desktop.
 */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb3'],
  [0x01021997, '9p'],
  [0x5346414f, 'afs'],
  [0x00c36400, 'ceph'],
  [0x73757245, 'coda'],
  [0x0bd00bd0, 'lustre'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x786f4256, 'vboxsf'],
  [0xbacbacbc, 'vmhgfs'],
  [0x7c7c6673, 'prl_fs'],
  [0x19830326, 'beegfs'],
  [0x65735546, 'fuse'],
]);

/** A UNC path, with or without the prefix `\\?\`. */
const NETWORK_SHARE = /^[\\/]{2}(?![?.])|^\\\\\?\\UNC\\/;

/** What the operating system reports about a directory. */
export interface FileSystemReader {
  readonly platform: NodeJS.Platform;
  /** The absolute path without links. */
  readonly realpath: (path: string) => Promise<string>;
  /** The number of its file system's type (`f_type`). */
  readonly type: (path: string) => Promise<number>;
}

const SYSTEM: FileSystemReader = {
  platform: process.platform,
  realpath: (path) => realpath(path),
  type: async (path) => (await statfs(path)).type,
};

/** The network file system that a directory is on; null for a local one or when it is unknown (macOS). Never rejects. */
export async function networkFileSystem(
  directory: string,
  { platform, realpath: resolve, type }: FileSystemReader = SYSTEM,
): Promise<string | null> {
  try {
    if (platform === 'win32') return NETWORK_SHARE.test(await resolve(directory)) ? 'network share' : null;
    // Some kernels report the number as a negative one.
    return platform === 'linux' ? (NETWORK_TYPES.get((await type(directory)) >>> 0) ?? null) : null;
  } catch {
    return null;
  }
}

/** Logs one warning when the state directory is on a network file system. */
export async function warnOfFileSystem(
  directory: string,
  log: Log,
  reader: FileSystemReader = SYSTEM,
): Promise<void> {
  const kind = await networkFileSystem(directory, reader);
  if (kind === null) return;
  log.warn(
    { directory, file_system: kind },
    'the state directory is on a network file system, which can corrupt the database: set LANEWAY_DATA_DIR to a directory on a ' +
      'local disk or a container volume',
  );
}
