import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MachineReading, machineReader, type ReadMachine } from '../../src/engines/sensors/machine.ts';
import { MEMORY_BYTES, OTHER_BYTES } from './traffic.ts';

const VRAM_BYTES = 512 * 2 ** 20;

/**
 * The files that show an APU with 128 GB of unified memory (`/sys/class/drm`, its hwmon, `/proc/meminfo`), read by the
 * readers of a running gateway. They are written, and read again, only when something has changed.
 */
export class FixtureFiles {
  readonly #root = mkdtempSync(join(tmpdir(), 'laneway-pool-sim-'));
  readonly #device = join(this.#root, 'sys/class/drm/card1/device');
  readonly #hwmon = join(this.#device, 'hwmon/hwmon3');
  readonly #reader: ReadMachine = machineReader(this.#root, 'x64');
  #shown = '';
  #reading: Promise<MachineReading> | null = null;

  constructor() {
    mkdirSync(this.#hwmon, { recursive: true });
    mkdirSync(join(this.#root, 'proc'));
    writeFileSync(join(this.#device, 'vendor'), '0x1002\n');
    writeFileSync(join(this.#device, 'mem_info_vram_total'), `${VRAM_BYTES}\n`);
    writeFileSync(join(this.#device, 'mem_info_vram_used'), '0\n');
    writeFileSync(join(this.#device, 'mem_info_gtt_total'), `${MEMORY_BYTES - VRAM_BYTES}\n`);
    writeFileSync(join(this.#hwmon, 'name'), 'amdgpu\n');
  }

  /** What the readers make of a machine with so many bytes in use, at so many degrees Celsius. */
  read(usedBytes: number, temperatureC: number): Promise<MachineReading> {
    const show = `${usedBytes} ${temperatureC}`;
    if (this.#reading !== null && show === this.#shown) return this.#reading;
    this.#shown = show;
    writeFileSync(join(this.#device, 'mem_info_gtt_used'), `${usedBytes - OTHER_BYTES}\n`);
    const kib = (bytes: number): string => `${Math.floor(bytes / 1024)} kB`;
    writeFileSync(
      join(this.#root, 'proc/meminfo'),
      `MemTotal: ${kib(MEMORY_BYTES)}\nMemAvailable: ${kib(MEMORY_BYTES - usedBytes)}\n`,
    );
    writeFileSync(join(this.#hwmon, 'temp1_input'), `${temperatureC * 1000}\n`);
    this.#reading = this.#reader();
    return this.#reading;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}
