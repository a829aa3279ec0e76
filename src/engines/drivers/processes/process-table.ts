import { readFileSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The processes of this machine, as far as the platform shows them. */
export interface ProcessTable {
  /** False where there is no /proc, as on macOS and Windows: then nothing can be found or verified. */
  readonly isReadable: boolean;
  /** When a live process began, in ticks since the boot, with the boot's id; null: there is none, or it is a zombie. */
  startOf(pid: number): Promise<string | null>;
  /** Live processes other than this one with the variable in their environment. */
  withVariable(name: string, value: string): Promise<readonly KnownProcess[]>;
  /** Live processes of a session, which has the number of its first process. */
  membersOf(session: number): Promise<readonly KnownProcess[]>;
  /** What a process has done so far; null: unknown. */
  activityOf(pid: number): Promise<ProcessActivity | null>;
  /** Signals a process if it is still the same one; false if not. */
  signal(known: KnownProcess, signal: 'SIGTERM' | 'SIGKILL'): boolean;
}

/** A process and its start, which together name it for the life of the machine. */
export interface KnownProcess {
  readonly pid: number;
  readonly start: string;
}

/** Counters of one process; they only grow, except the memory. */
export interface ProcessActivity {
  /** Clock ticks of processor time. */
  readonly ticks: number;
  readonly residentBytes: number;
  /** Read through system calls or page faults. */
  readonly readBytes: number;
}

const MAX_ENVIRONMENT_BYTES = 256 * 1024;
const READ_AT_ONCE = 16;
const PAGE_BYTES = 4096;

/** The processes below `/proc` (proc_pid_stat(5)). `root` is for tests. */
export function createProcessTable(root = '/proc'): ProcessTable {
  const boot = bootId(root);
  const startOf = async (pid: number): Promise<string | null> =>
    startIn(await readFile(join(root, String(pid), 'stat'), 'latin1').catch(() => ''), boot);
  return {
    isReadable: boot !== null,
    startOf,
    withVariable: (name, value) => {
      const wanted = Buffer.from(`\0${name}=${value}\0`);
      return allWith(root, startOf, (folder) => hasEntry(join(folder, 'environ'), wanted));
    },
    membersOf: (session) =>
      allWith(root, startOf, async (folder) => {
        const stat = await readFile(join(folder, 'stat'), 'latin1').catch(() => '');
        return statFields(stat)[3] === String(session);
      }),
    activityOf: (pid) => activity(join(root, String(pid))),
    signal: ({ pid, start }, signal) => {
      try {
        // Read without a pause before the signal: a process number may be used again.
        if (startIn(readFileSync(join(root, String(pid), 'stat'), 'latin1'), boot) !== start) return false;
        process.kill(pid, signal);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** The live processes whose folder fits. */
async function allWith(
  root: string,
  startOf: (pid: number) => Promise<string | null>,
  fits: (folder: string) => Promise<boolean>,
): Promise<readonly KnownProcess[]> {
  const pids = (await readdir(root).catch(() => [])).map(Number);
  const candidates = pids.filter((pid) => Number.isInteger(pid) && pid > 1 && pid !== process.pid).values();
  const found: KnownProcess[] = [];
  const work = async (): Promise<void> => {
    for (const pid of candidates) {
      if (!(await fits(join(root, String(pid))))) continue;
      const start = await startOf(pid);
      if (start !== null) found.push({ pid, start });
    }
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  return found;
}

function bootId(root: string): string | null {
  try {
    return readFileSync(join(root, 'sys/kernel/random/boot_id'), 'latin1').trim();
  } catch {
    return null;
  }
}

/** The fields of a `stat` file after the name, which may contain anything; the first one is the state. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function startIn(stat: string, boot: string | null): string | null {
  const values = statFields(stat);
  const [state = 'X', start] = [values[0], values[19]];
  return start === undefined || 'ZXx'.includes(state) ? null : `${boot ?? ''}/${start}`;
}

async function hasEntry(path: string, wanted: Buffer): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(MAX_ENVIRONMENT_BYTES),
      0,
      MAX_ENVIRONMENT_BYTES,
      0,
    );
    // Entries end with a NUL, and all but the first one follow one.
    const text = buffer.subarray(0, bytesRead);
    return text.indexOf(wanted.subarray(1)) === 0 || text.includes(wanted);
  } catch {
    // Another user's process.
    return false;
  } finally {
    await file.close();
  }
}

async function activity(folder: string): Promise<ProcessActivity | null> {
  const [stat, io] = await Promise.all(
    ['stat', 'io'].map((name) => readFile(join(folder, name), 'latin1').catch(() => '')),
  );
  const values = statFields(stat ?? '').map(Number);
  // majflt, utime, stime and rss: fields 12, 14, 15 and 24 of the file.
  const [faults, user, system, pages] = [values[9], values[11], values[12], values[21]];
  if (faults === undefined || user === undefined || system === undefined || pages === undefined) return null;
  const read = Number(/^rchar: (\d+)/m.exec(io ?? '')?.[1] ?? 0);
  return { ticks: user + system, residentBytes: pages * PAGE_BYTES, readBytes: read + faults * PAGE_BYTES };
}
