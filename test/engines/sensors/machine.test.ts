import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { machineReader } from '../../../src/engines/sensors/machine.ts';

const GIB = 2 ** 30;
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'laneway-sensors-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(files: Readonly<Record<string, string | number>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
}
const meminfo = (totalGib: number, availableGib: number) =>
  `MemTotal:       ${totalGib * 2 ** 20} kB\nMemFree:         1024 kB\nMemAvailable:   ${availableGib * 2 ** 20} kB`;
const gpu = (
  card: string,
  [vramTotal, vramUsed, gttTotal, gttUsed]: readonly number[],
  vendor = '0x1002',
) => {
  const device = `sys/class/drm/${card}/device`;
  return {
    [`${device}/vendor`]: vendor,
    [`${device}/mem_info_vram_total`]: Math.round(vramTotal! * GIB),
    [`${device}/mem_info_vram_used`]: Math.round(vramUsed! * GIB),
    [`${device}/mem_info_gtt_total`]: Math.round(gttTotal! * GIB),
    [`${device}/mem_info_gtt_used`]: Math.round(gttUsed! * GIB),
  };
};

test('on a machine of which nothing can be read, everything is unknown, and nothing is 0', async () => {
  expect(await machineReader(root)()).toEqual({
    memory: null,
    source: null,
    pressure: null,
    temperatureC: null,
    powerW: null,
    oomKills: null,
  });
});

test('without a GPU the memory is the machine’s, and the page cache does not count as used', async () => {
  write({
    'proc/meminfo': meminfo(32, 24),
    'proc/pressure/memory':
      'some avg10=1.53 avg60=0.10 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0',
    'sys/class/hwmon/hwmon0/name': 'nvme',
    'sys/class/hwmon/hwmon0/temp1_input': 90_000,
    'sys/class/hwmon/hwmon1/name': 'k10temp',
    'sys/class/hwmon/hwmon1/temp1_input': 61_500,
  });
  expect(await machineReader(root)()).toEqual({
    memory: { totalBytes: 32 * GIB, usedBytes: 8 * GIB },
    source: 'meminfo',
    pressure: 1.53,
    temperatureC: 61.5,
    powerW: null,
    oomKills: null,
  });
});

test('the memory of an APU is bounded by what its driver may map and by what the machine has', async () => {
  const hwmon = 'sys/class/drm/card1/device/hwmon/hwmon5';
  write({
    'proc/meminfo': meminfo(124, 100),
    ...gpu('card0', [8, 0, 16, 0], '0x10de'),
    ...gpu('card1', [0.5, 0.2, 120, 40]),
    'sys/class/drm/card1-DP-1/device/vendor': '0x1002',
    [`${hwmon}/name`]: 'amdgpu',
    [`${hwmon}/temp1_input`]: 84_000,
    [`${hwmon}/power1_input`]: 55_000_000,
  });
  const seen = await machineReader(root)();
  expect(seen).toMatchObject({ source: 'amdgpu', temperatureC: 84, powerW: 55 });
  expect(seen.memory!.totalBytes).toBe(120.5 * GIB);
  expect(seen.memory!.usedBytes / GIB).toBeCloseTo(40.2);
  write({ 'proc/meminfo': meminfo(124, 30) });
  expect((await machineReader(root)()).memory!.usedBytes / GIB).toBeCloseTo(90.5);
});

test('of a card with memory of its own only that memory counts; a card without the files is passed over', async () => {
  write({
    'proc/meminfo': meminfo(64, 60),
    ...gpu('card2', [24, 6, 32, 1]),
    'sys/class/drm/card0/device/vendor': '0x1002',
  });
  const { memory, source, temperatureC } = await machineReader(root)();
  expect(memory).toEqual({ totalBytes: 24 * GIB, usedBytes: 6 * GIB });
  expect([source, temperatureC]).toEqual(['amdgpu', null]);
});

test('files with other content than expected read as unknown', async () => {
  write({ 'proc/meminfo': 'MemTotal: lots', 'proc/pressure/memory': '', ...gpu('card0', [1, 0, 16, 0]) });
  write({ 'sys/class/drm/card0/device/mem_info_gtt_used': 'n/a' });
  expect(await machineReader(root)()).toMatchObject({ memory: null, pressure: null });
});

test('beside a card of NVIDIA, which shows its memory in no file, that of the machine is not taken for it', async () => {
  write({
    'proc/meminfo': meminfo(64, 40),
    'proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: RTX',
  });
  expect(await machineReader(root, 'x64')()).toMatchObject({ memory: null, source: null });
});

test('a GPU of NVIDIA that uses the memory of the machine has that', async () => {
  write({
    'proc/meminfo': meminfo(128, 100),
    'proc/driver/nvidia/gpus/000F:01:00.0/information': 'Model: GB10',
  });
  expect(await machineReader(root, 'arm64')()).toMatchObject({
    memory: { totalBytes: 128 * GIB },
    source: 'meminfo',
  });
});

test('the programs that the kernel has killed because memory ran out are counted', async () => {
  write({ 'proc/vmstat': 'nr_free_pages 1\noom_kill_disable 9\noom_kill 7\ndrop_pagecache 0' });
  expect((await machineReader(root)()).oomKills).toBe(7);
});
