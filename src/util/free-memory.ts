import { readFile } from 'node:fs/promises';

/**
 * The memory of this machine in gigabytes (10⁹ bytes) that programs can still get: `MemAvailable` of Linux, which counts
 * the page cache as free. null where it cannot be read, such as on other systems.
 */
export async function freeMemoryGb(file = '/proc/meminfo'): Promise<number | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return null;
  }
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? null : Math.round((Number(kibibytes) * 1024) / 1e8) / 10;
}
