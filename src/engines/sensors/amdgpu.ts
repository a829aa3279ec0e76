import { join } from 'node:path';
import { namesIn, numberOf, textOf } from './read-file.ts';

/** The memory of an AMD GPU, of the files `mem_info_*` of its driver, in bytes. */
export interface GpuMemory {
  readonly vramTotalBytes: number;
  readonly vramUsedBytes: number;
  /** System memory that the GPU can map. */
  readonly gttTotalBytes: number;
  readonly gttUsedBytes: number;
  /** Its folder, in which its other sensors are. */
  readonly device: string;
}

const AMD = '0x1002';
const GIB = 2 ** 30;

/**
 * The AMD GPU with the most memory, of `/sys/class/drm` under `root`. The numbers of cards are not stable, so a card is
 * chosen by its vendor and by the presence of the files. null: none.
 */
export async function readAmdGpu(root: string): Promise<GpuMemory | null> {
  const drm = join(root, 'sys/class/drm');
  const cards = (await namesIn(drm)).filter((name) => /^card\d+$/.test(name));
  const found = await Promise.all(cards.map((card) => readCard(join(drm, card, 'device'))));
  return found
    .filter((gpu) => gpu !== null)
    .reduce<GpuMemory | null>(
      (best, gpu) => (best === null || sizeOf(gpu) > sizeOf(best) ? gpu : best),
      null,
    );
}

async function readCard(device: string): Promise<GpuMemory | null> {
  if ((await textOf(join(device, 'vendor'))) !== AMD) return null;
  const [vramTotalBytes, vramUsedBytes, gttTotalBytes, gttUsedBytes] = await Promise.all(
    ['vram_total', 'vram_used', 'gtt_total', 'gtt_used'].map((name) =>
      numberOf(join(device, `mem_info_${name}`)),
    ),
  );
  if (vramTotalBytes == null || vramUsedBytes == null || gttTotalBytes == null || gttUsedBytes == null)
    return null;
  return { vramTotalBytes, vramUsedBytes, gttTotalBytes, gttUsedBytes, device };
}

/**
 * Does the GPU use the machine's own memory? The test is Ollama's (discover/amd.go): a small carve-out and a large
 * mapped range.
 */
export function sharesMachineMemory({ vramTotalBytes, gttTotalBytes }: GpuMemory): boolean {
  return vramTotalBytes <= 4 * GIB && gttTotalBytes >= 8 * GIB && gttTotalBytes >= 4 * vramTotalBytes;
}

function sizeOf(gpu: GpuMemory): number {
  return sharesMachineMemory(gpu) ? gpu.vramTotalBytes + gpu.gttTotalBytes : gpu.vramTotalBytes;
}
