import { readFile, realpath, statfs } from 'node:fs/promises';
import type { Log } from '../../protocol/log.ts';

/** Where it is read what a directory lies on. */
export interface FileSystemReader {
  readonly platform: NodeJS.Platform;
  /** The absolute path without links. Rejects when there is no such directory. */
  readonly realpath: (path: string) => Promise<string>;
  /** Linux: `/proc/self/mountinfo`. Rejects elsewhere. */
  readonly mounts: () => Promise<string>;
  /** The number that the kernel gives the kind of a file system (`f_type`). */
  readonly type: (path: string) => Promise<number>;
}

/** What this machine says. */
export const systemFileSystems: FileSystemReader = {
  platform: process.platform,
  realpath: (path) => realpath(path),
  mounts: () => readFile('/proc/self/mountinfo', 'utf8'),
  type: async (path) => (await statfs(path)).type,
};

/**
 * Kinds whose shared memory or locks do not hold what SQLite's write-ahead log needs of them
 * (https://sqlite.org/wal.html: "all processes using a database must be on the same host"; howtocorrupt.html
 * section 2.1), by their names in mountinfo: networks, what virtual machines share folders by, desktop containers'
 * bind mounts (fakeowner, grpcfuse, osxfs, virtiofs; 9p under WSL).
 */
const UNSAFE =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|coda|lustre|gfs2|ocfs2|beegfs|virtiofs|vboxsf|prl_fs|vmhgfs|fakeowner|fuse|fuse\..+)$/;

/** FUSE file systems of this machine alone. */
const LOCAL_FUSE = /^fuse\.(fuse-overlayfs|lxcfs|rawBridge)$/;

/** `f_type` of the same (linux/magic.h and each one's own source), where there is no mountinfo to read. */
const UNSAFE_TYPES: ReadonlyMap<number, string> = new Map([
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
  [0x65735546, 'fuse'],
]);

/**
 * The kind of file system under a directory when a database there may be corrupted, such as `nfs4` or
 * `fuse.sshfs`; null when it looks local or cannot be told. Never rejects. Windows: network shares by their path;
 * macOS tells no kind, so only what Linux machines and containers see is found.
 */
export async function unsafeFileSystem(
  directory: string,
  reader: FileSystemReader = systemFileSystems,
): Promise<string | null> {
  try {
    const path = await reader.realpath(directory);
    if (reader.platform === 'win32')
      return /^[\\/]{2}(?![?.])|^\\\\\?\\UNC\\/.test(path) ? 'network share' : null;
    if (reader.platform !== 'linux') return null;
    const kind = await reader.mounts().then(
      (mounts) => kindOfMount(mounts, path),
      () => null,
    );
    if (kind !== null) return UNSAFE.test(kind) && !LOCAL_FUSE.test(kind) ? kind : null;
    return UNSAFE_TYPES.get((await reader.type(path)) >>> 0) ?? null;
  } catch {
    return null;
  }
}

/** Says once, in one warning, that the state directory lies on such a file system and what to do. */
export async function warnOfFileSystem(
  directory: string,
  log: Log,
  reader: FileSystemReader = systemFileSystems,
): Promise<void> {
  const kind = await unsafeFileSystem(directory, reader);
  if (kind === null) return;
  log.warn(
    { directory, file_system: kind },
    'the state directory is on a file system that can corrupt the database: put it on a local disk or a container ' +
      'volume (LANEWAY_DATA_DIR)',
  );
}

/** The type of the mount that a path is in: the longest mount point above it, of equal ones the last. */
function kindOfMount(mounts: string, path: string): string | null {
  let best: { readonly point: string; readonly kind: string } | null = null;
  for (const line of mounts.split('\n')) {
    const [before = '', after] = line.split(' - ', 2);
    const point = before.split(' ')[4]?.replaceAll(/\\([0-7]{3})/g, unescapeOctal);
    const kind = after?.split(' ')[0];
    if (point === undefined || kind === undefined || !isWithin(path, point)) continue;
    if (best === null || point.length >= best.point.length) best = { point, kind };
  }
  return best?.kind ?? null;
}

/** mountinfo writes blanks and the like as `\040` (proc_pid_mountinfo(5)). */
function unescapeOctal(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}

function isWithin(path: string, point: string): boolean {
  return path === point || point === '/' || path.startsWith(`${point}/`);
}
