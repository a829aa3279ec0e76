import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { watchDirectories } from '../../src/util/watch-directories.ts';

const DEBOUNCE_MS = 40;
const RETRY_MS = 60;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-watch-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
});

function watching(...names: string[]): { changes: () => number; troubles: string[] } {
  const onChange = vi.fn();
  const troubles: string[] = [];
  const stop = watchDirectories({
    directories: names.map((name) => join(folder, name)),
    debounceMs: DEBOUNCE_MS,
    retryMs: RETRY_MS,
    onChange,
    onFailure: (directory, code) => troubles.push(`${directory.slice(folder.length + 1)} ${code}`),
  });
  onTestFinished(stop);
  return { changes: () => onChange.mock.calls.length, troubles };
}

const write = (name: string): void => {
  writeFileSync(join(folder, name), '{}');
};

test('several writes in a row are reported as one change', async () => {
  const { changes } = watching('');
  for (let times = 0; times < 3; times += 1) write('models.json');
  await vi.waitFor(() => expect(changes()).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 3 * DEBOUNCE_MS));
  expect(changes()).toBe(1);
});

test('an editor that writes a new file and renames it over the old one is noticed, each time', async () => {
  write('models.json');
  const { changes } = watching('');
  for (const times of [1, 2, 3]) {
    write('models.json~');
    renameSync(join(folder, 'models.json~'), join(folder, 'models.json'));
    await vi.waitFor(() => expect(changes()).toBe(times));
    // The change is reported after the watches have been renewed.
    await new Promise((resolve) => setTimeout(resolve, 3 * DEBOUNCE_MS));
    expect(changes()).toBe(times);
  }
});

test('a subdirectory that is created later is watched from then on', async () => {
  const { changes, troubles } = watching('', 'user_profiles');
  expect(troubles).toEqual(['user_profiles ENOENT']);
  mkdirSync(join(folder, 'user_profiles'));
  await vi.waitFor(() => expect(changes()).toBe(1));
  write('user_profiles/coding.json');
  await vi.waitFor(() => expect(changes()).toBe(2));
});

test('a missing directory is reported once and has no other effect', async () => {
  const { changes, troubles } = watching('', 'nowhere');
  for (const times of [1, 2]) {
    write('models.json');
    await vi.waitFor(() => expect(changes()).toBe(times));
  }
  expect(troubles).toEqual(['nowhere ENOENT']);
});

test('a directory that is removed and created again is watched again, and each removal is reported once', async () => {
  mkdirSync(join(folder, 'config'));
  const { changes, troubles } = watching('config');
  for (const times of [1, 2]) {
    rmSync(join(folder, 'config'), { recursive: true });
    await vi.waitFor(() => expect(troubles).toHaveLength(times));
    await new Promise((resolve) => setTimeout(resolve, 3 * RETRY_MS));
    expect(troubles).toHaveLength(times);
    mkdirSync(join(folder, 'config'));
    const before = changes();
    await vi.waitFor(() => expect(changes()).toBeGreaterThan(before));
    await new Promise((resolve) => setTimeout(resolve, 3 * DEBOUNCE_MS));
    const seen = changes();
    write('config/models.json');
    await vi.waitFor(() => expect(changes()).toBe(seen + 1));
  }
});

test('a directory that is created long after the start is a change, and is watched', async () => {
  const { changes, troubles } = watching('later/config');
  await new Promise((resolve) => setTimeout(resolve, 2 * RETRY_MS));
  expect(troubles).toEqual(['later/config ENOENT']);
  mkdirSync(join(folder, 'later', 'config'), { recursive: true });
  await vi.waitFor(() => expect(changes()).toBe(1));
  write('later/config/user_models.json');
  await vi.waitFor(() => expect(changes()).toBe(2));
});
