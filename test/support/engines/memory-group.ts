import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group of Linux with a limit of memory. */
export interface MemoryGroup {
  readonly folder: string;
  /** Its processes have to have ended. */
  remove(): void;
}

/** Where groups can be made and the file with the limit, by version 1 and 2. */
const PLACES = [
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ['/sys/fs/cgroup', 'memory.max'],
] as const;

/** Makes a group whose programs the kernel kills when they take more; null: this machine, or this user, cannot. */
export function memoryGroup(name: string, limitBytes: number): MemoryGroup | null {
  for (const [parent, file] of PLACES) {
    const folder = join(parent, name);
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    const remove = (): void => {
      rmdirSync(folder);
    };
    if (existsSync(join(folder, file))) {
      writeFileSync(join(folder, file), String(limitBytes));
      return { folder, remove };
    }
    remove();
  }
  return null;
}
