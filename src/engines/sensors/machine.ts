import { join } from 'node:path';

import { readAmdGpu, sharesMachineMemory } from './amdgpu.ts';
import { readGpuHwmon, readProcessorTemperature } from './hwmon.ts';
import { readMeminfo, readMemoryPressure, readOomKills, type MachineMemory } from './meminfo.ts';
import { namesIn } from './read-file.ts';
import type { GpuMemory } from './amdgpu.ts';
import type { MemorySample } from '../memory/budget.ts';

/** All that can be read of the machine at one moment; null: unknown. */
export interface MachineReading {
  readonly memory: MemorySample | null;
  /** Where the memory was read. */
  readonly source: 'amdgpu' | 'meminfo' | null;
  /** Percent of time in which some task waited for memory. */
  readonly pressure: number | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
  /** Programs that the kernel has killed since its start because memory ran out. */
  readonly oomKills: number | null;
}

/** Reads the sensors of a machine. Never rejects. */
export type ReadMachine = () => Promise<MachineReading>;

/**
 * A reader of this machine's memory as models can use it. The memory of an APU is the machine's: what is free of it is
 * bounded by both what its driver may still map and what the machine has available. With a card of its own, only its
 * memory counts. NVIDIA's driver shows the used memory in no file: with a card of its own it is unknown, and where the GPU
 * uses the machine's memory (GB10, Jetson: all of them arm64) that is read.
 *
 * `root` is `/`, and another folder in tests.
 */
export function machineReader(root: string, architecture: string = process.arch): ReadMachine {
  return async () => {
    const [gpu, cards, machine, pressure, processorC, oomKills] = await Promise.all([
      readAmdGpu(root),
      architecture === 'arm64' ? [] : namesIn(join(root, 'proc/driver/nvidia/gpus')),
      readMeminfo(root),
      readMemoryPressure(root),
      readProcessorTemperature(root),
      readOomKills(root),
    ]);
    const hwmon = gpu === null ? null : await readGpuHwmon(gpu.device);
    return {
      ...(gpu === null && cards.length > 0 ? UNKNOWN : memoryOf(gpu, machine)),
      pressure,
      temperatureC: highest(hwmon?.temperatureC ?? null, processorC),
      powerW: hwmon?.powerW ?? null,
      oomKills,
    };
  };
}

const UNKNOWN = { memory: null, source: null } as const;

function memoryOf(
  gpu: GpuMemory | null,
  machine: MachineMemory | null,
): Pick<MachineReading, 'memory' | 'source'> {
  if (gpu === null) {
    if (machine === null) return UNKNOWN;
    const usedBytes = machine.totalBytes - machine.availableBytes;
    return { memory: { totalBytes: machine.totalBytes, usedBytes }, source: 'meminfo' };
  }
  if (!sharesMachineMemory(gpu))
    return { memory: { totalBytes: gpu.vramTotalBytes, usedBytes: gpu.vramUsedBytes }, source: 'amdgpu' };
  const mappable = gpu.gttTotalBytes + gpu.vramTotalBytes;
  const totalBytes = Math.min(mappable, machine?.totalBytes ?? mappable);
  const freeToMap = mappable - gpu.gttUsedBytes - gpu.vramUsedBytes;
  const freeBytes = Math.min(freeToMap, machine?.availableBytes ?? freeToMap);
  return { memory: { totalBytes, usedBytes: Math.max(0, totalBytes - freeBytes) }, source: 'amdgpu' };
}

function highest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
