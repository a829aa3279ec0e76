import { join } from 'node:path';
import { namesIn, numberOf, textOf } from './read-file.ts';

/** Temperature and power of one chip; null: it has no such sensor. */
export interface HwmonReading {
  /** Degrees Celsius. */
  readonly temperatureC: number | null;
  /** Watts; of an APU the whole package, not what the wall socket gives. */
  readonly powerW: number | null;
}

/** Drivers whose `temp1_input` is the temperature of the processor. */
const PROCESSORS: readonly string[] = ['k10temp', 'zenpower', 'coretemp'];

/** The sensors of a GPU, of `hwmon` in its device folder. */
export async function readGpuHwmon(device: string): Promise<HwmonReading> {
  const folder = join(device, 'hwmon');
  for (const name of await namesIn(folder)) {
    if ((await textOf(join(folder, name, 'name'))) === 'amdgpu') return readHwmon(join(folder, name));
  }
  return { temperatureC: null, powerW: null };
}

/** The temperature of the processor, of `/sys/class/hwmon` under `root`; null: unknown. */
export async function readProcessorTemperature(root: string): Promise<number | null> {
  const folder = join(root, 'sys/class/hwmon');
  for (const name of await namesIn(folder)) {
    const chip = await textOf(join(folder, name, 'name'));
    if (chip !== null && PROCESSORS.includes(chip)) return (await readHwmon(join(folder, name))).temperatureC;
  }
  return null;
}

/** Files in thousandths of a degree and millionths of a watt (docs.kernel.org/hwmon/sysfs-interface.html). */
async function readHwmon(folder: string): Promise<HwmonReading> {
  const [milliDegrees, average, input] = await Promise.all(
    ['temp1_input', 'power1_average', 'power1_input'].map((name) => numberOf(join(folder, name))),
  );
  const microwatts = average ?? input ?? null;
  return {
    temperatureC: milliDegrees == null ? null : milliDegrees / 1000,
    powerW: microwatts === null ? null : microwatts / 1e6,
  };
}
