import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineTime } from '../timing.ts';
import type { KnownProcess, ProcessTable } from './process-table.ts';

/**
 * The variable by which Laneway's own processes are recognised after Laneway itself was ended without notice. Children
 * inherit it. Its value is random and belongs to one data directory, so that no other process is ever taken for one.
 */
export const TOKEN_VARIABLE = 'LANEWAY_ENGINE_TOKEN';

/** Nobody is left to read what an orphan writes, so it need not finish anything. */
const TERM_MS = 2_000;
const KILL_MS = 5_000;
const POLL_MS = 50;
const TOKEN = /^[0-9a-f]{32}$/;

/** Makes the folder and reads its token; writes a new one if there is none. Rejects with the file system's error. */
export async function engineToken(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'token');
  const stored = (await readFile(path, 'latin1').catch(() => '')).trim();
  if (TOKEN.test(stored)) return stored;
  const token = randomBytes(16).toString('hex');
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  return token;
}

/** What became of the processes that an earlier run has left. */
export interface OrphanReport {
  /** How many have been ended. */
  readonly ended: number;
  /** Processes that did not end; their memory is still in use. */
  readonly left: readonly number[];
  /** False where processes cannot be recognised (no /proc): what an earlier run has left must be ended by hand. */
  readonly isSupported: boolean;
}

/**
 * Ends what an earlier run of Laneway with this token has started and left, children of it included. To be called
 * before anything is started with the token. Only processes whose environment has the token and whose start is
 * unchanged are signalled.
 */
export async function endOrphans(
  table: ProcessTable,
  token: string,
  time: EngineTime,
): Promise<OrphanReport> {
  if (!table.isReadable) return { ended: 0, left: [], isSupported: false };
  const seen = new Set<string>();
  const began = time.now();
  for (;;) {
    const found = await table.withVariable(TOKEN_VARIABLE, token);
    const passed = time.now() - began;
    if (found.length === 0 || passed > TERM_MS + KILL_MS) {
      return { ended: seen.size - found.length, left: found.map(({ pid }) => pid), isSupported: true };
    }
    const signal = passed < TERM_MS ? 'SIGTERM' : 'SIGKILL';
    for (const each of found) {
      const key = `${each.pid} ${each.start}`;
      if (signal === 'SIGKILL' || !seen.has(key)) table.signal(each, signal);
      seen.add(key);
    }
    await time.sleep(POLL_MS);
  }
}

/** Remembers a server that outlives Laneway in a file, so that a later run can end it. */
export async function recordServer(path: string, known: KnownProcess): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(known));
  } finally {
    await file.close();
  }
}

/** The recorded server if it still runs; null otherwise, also where processes cannot be verified. */
export async function recordedServer(path: string, table: ProcessTable): Promise<KnownProcess | null> {
  const stored = await readFile(path, 'utf8').catch(() => '');
  try {
    const { pid, start } = JSON.parse(stored) as Partial<KnownProcess>;
    if (typeof pid !== 'number' || typeof start !== 'string' || !Number.isInteger(pid) || pid < 2)
      return null;
    return (await table.startOf(pid)) === start ? { pid, start } : null;
  } catch {
    return null;
  }
}
