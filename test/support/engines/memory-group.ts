import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group of Linux with a limit of memory. */
export interface MemoryGroup {
  readonly folder: string;
  /** Waits for the end of its processes. */
  remove(): Promise<void>;
}

/** Where groups can be made and the file with the limit, by version 1 and 2. */
const PLACES = [
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ['/sys/fs/cgroup', 'memory.max'],
] as const;
const REMOVE_MS = 10_000;

/**
 * Makes a group whose programs the kernel kills when they take more; null: this machine, or this user, cannot. With swap
 * they would only get slow.
 */
export function memoryGroup(name: string, limitBytes: number): MemoryGroup | null {
  if (!existsSync('/proc/meminfo') || !/^SwapTotal: +0 kB$/m.test(readFileSync('/proc/meminfo', 'utf8')))
    return null;
  for (const [parent, file] of PLACES) {
    const folder = join(parent, name);
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    if (existsSync(join(folder, file)) && canJoin(folder)) {
      writeFileSync(join(folder, file), String(limitBytes));
      return { folder, remove: () => removed(folder) };
    }
    rmdirSync(folder);
  }
  return null;
}

function canJoin(folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', `echo $$ > ${join(folder, 'cgroup.procs')}`]).status === 0;
}

async function removed(folder: string): Promise<void> {
  for (const began = performance.now(); ;) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (performance.now() - began > REMOVE_MS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
