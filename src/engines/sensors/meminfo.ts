import { join } from 'node:path';
import { textOf } from './read-file.ts';

/** The memory of the machine, of `/proc/meminfo`. Inside a container it is the host's. */
export interface MachineMemory {
  readonly totalBytes: number;
  /** What programs can still get: the page cache counts as available. */
  readonly availableBytes: number;
}

/** Reads `/proc/meminfo` under `root`; null where it cannot be read. */
export async function readMeminfo(root: string): Promise<MachineMemory | null> {
  const text = (await textOf(join(root, 'proc/meminfo'))) ?? '';
  const total = kibibytes(text, 'MemTotal');
  const available = kibibytes(text, 'MemAvailable');
  return total === null || available === null ? null : { totalBytes: total, availableBytes: available };
}

function kibibytes(text: string, name: string): number | null {
  const digits = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return digits === undefined ? null : Number(digits) * 1024;
}

/**
 * The share of time in percent, over the last 10 s, in which some task waited for memory: `some avg10` of
 * `/proc/pressure/memory` under `root` (docs.kernel.org/accounting/psi.html). null where it cannot be read.
 */
export async function readMemoryPressure(root: string): Promise<number | null> {
  const text = (await textOf(join(root, 'proc/pressure/memory'))) ?? '';
  const value = /^some avg10=(\d+(?:\.\d+)?)/m.exec(text)?.[1];
  return value === undefined ? null : Number(value);
}

/**
 * How many programs the kernel has killed since its start because memory ran out, those of a container with a limit among
 * them: `oom_kill` of `/proc/vmstat` under `root` (Linux 4.13, mm/oom_kill.c). null where it cannot be read.
 */
export async function readOomKills(root: string): Promise<number | null> {
  const text = (await textOf(join(root, 'proc/vmstat'))) ?? '';
  const value = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return value === undefined ? null : Number(value);
}
