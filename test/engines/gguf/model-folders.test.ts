import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { ModelFolders } from '../../../src/engines/gguf/model-folders.ts';
import { scanFolder, type FileCache, type FolderScan } from '../../../src/engines/gguf/scan-folder.ts';
import { ScanThread } from '../../../src/engines/gguf/scan-thread.ts';
import { llamaShape } from '../../support/gguf.ts';
import { folder, put } from './files.ts';

interface Bench {
  readonly folders: ModelFolders;
  readonly log: string[];
  /** The ids that were reported last, by provider. */
  readonly models: Map<string, readonly string[]>;
  /** Folders that were scanned. */
  readonly scans: string[];
}

function bench(thread?: ScanThread): Bench {
  const log: string[] = [];
  const scans: string[] = [];
  const models = new Map<string, readonly string[]>();
  const line = (_: object, message: string): void => void log.push(message);
  const folders = new ModelFolders({
    log: { info: line, warn: line },
    thread: {
      scan: (path: string, cache: FileCache): Promise<FolderScan> => {
        scans.push(path);
        return thread?.scan(path, cache) ?? Promise.resolve(scanFolder(path, cache));
      },
      close: () => thread?.close(),
    },
    onModels: (providerId, found) =>
      models.set(
        providerId,
        found.map(({ id }) => id),
      ),
  });
  onTestFinished(() => {
    folders.close();
  });
  return { folders, log, models, scans };
}

test('the models of a folder are reported, with their paths and by names with .gguf, too', async () => {
  const root = folder();
  const path = put(root, 'sub/x.gguf', llamaShape());
  const { folders, models } = bench(new ScanThread());
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  expect(models.get('llamacpp')).toEqual(['x']);
  expect(folders.find('llamacpp', 'x')?.path).toBe(path);
  expect(folders.find('llamacpp', 'x.gguf')?.path).toBe(path);
  expect(folders.find('llamacpp', 'y')).toBeNull();
  expect(folders.find('other', 'x')).toBeNull();
});

test('without a folder no thread runs, and it ends when there is nothing to scan', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const thread = new ScanThread();
  const { folders } = bench(thread);
  folders.set(new Map());
  expect(thread.isRunning).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  folders.set(new Map([['llamacpp', folder()]]));
  await folders.settled();
  expect(thread.isRunning).toBe(true);
  vi.advanceTimersByTime(5_000);
  expect(thread.isRunning).toBe(false);
});

test('a thread that dies is an error in the log, and the next scan starts another', async () => {
  const root = folder();
  put(root, 'x.gguf', llamaShape());
  const { folders, log } = bench(new ScanThread(new URL('file:///nowhere/worker.js')));
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  expect(log).toEqual([expect.stringMatching(/^models_dir of provider "llamacpp" cannot be scanned: /)]);
});

test('a file that is added, changed or removed is noticed', async () => {
  const root = folder();
  put(root, 'sub/a.gguf', llamaShape());
  const { folders, models } = bench();
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  put(root, 'sub/b.gguf', llamaShape());
  await vi.waitFor(() => expect(models.get('llamacpp')).toEqual(['a', 'b']), 8_000);
  rmSync(join(root, 'sub/a.gguf'));
  await vi.waitFor(() => expect(models.get('llamacpp')).toEqual(['b']), 8_000);
});

test('where nothing signals a change, a check every minute finds it, and scans only then', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const root = folder();
  const path = put(root, 'sub/a.gguf', llamaShape());
  const { folders, scans } = bench();
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  const minute = async (): Promise<void> => {
    vi.advanceTimersByTime(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    await folders.settled();
  };
  await minute();
  expect(scans).toHaveLength(1);
  utimesSync(path, 1_000_000, 1_000_000);
  await vi.waitFor(async () => {
    await minute();
    expect(scans.length).toBeGreaterThan(1);
  });
});

test('a broken file has one line in the log, also after more scans, and is listed with its reason', async () => {
  const root = folder();
  put(root, 'bad.gguf', Buffer.from('no'));
  const { folders, log, models } = bench();
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  put(root, 'good.gguf', llamaShape());
  put(root, 'bad.gguf', Buffer.from('still not'));
  await vi.waitFor(() => expect(models.get('llamacpp')).toEqual(['good']), 8_000);
  expect(log.filter((line) => line.includes('bad.gguf'))).toEqual([
    'bad.gguf in models_dir cannot be used: is not a GGUF file: it does not begin with "GGUF"',
  ]);
  expect(folders.broken('llamacpp')).toMatchObject([{ file: 'bad.gguf' }]);
});

test('a folder that is missing is named in the log', async () => {
  const root = join(folder(), 'later');
  const { folders, log, models } = bench();
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  expect(log).toEqual([`models_dir of provider "llamacpp": ${root} does not exist`]);
  expect(models.get('llamacpp')).toEqual([]);
});

test('a provider whose folder is taken away has no models any more, another folder replaces them', async () => {
  const [first, second] = [folder(), folder()];
  put(first, 'a.gguf', llamaShape());
  put(second, 'b.gguf', llamaShape());
  const { folders, models, scans } = bench();
  folders.set(new Map([['llamacpp', first]]));
  await folders.settled();
  folders.set(new Map([['llamacpp', first]]));
  await folders.settled();
  expect(scans).toEqual([first]);
  folders.set(new Map([['llamacpp', second]]));
  await folders.settled();
  expect(models.get('llamacpp')).toEqual(['b']);
  folders.set(new Map());
  expect(models.get('llamacpp')).toEqual([]);
  expect(folders.models('llamacpp')).toEqual([]);
});

test('the memory of a model is estimated for a context and slots, and with its projector', async () => {
  const root = folder();
  put(root, 'x.gguf', llamaShape());
  const { folders } = bench();
  folders.set(new Map([['llamacpp', root]]));
  await folders.settled();
  const one = folders.estimate('llamacpp', 'x', { context: 1024 });
  const four = folders.estimate('llamacpp', 'x.gguf', { context: 4096, slots: 4 });
  expect(four?.kvCache).toBe(4 * (one?.kvCache ?? 0));
  expect(folders.estimate('llamacpp', 'none', { context: 1024 })).toBeNull();
});
