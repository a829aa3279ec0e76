import { stat } from 'node:fs/promises';
import type { Log } from '../../protocol/log.ts';
import type { UnreadableFile } from '../../protocol/model-file.ts';
import { watchDirectories } from '../../util/watch-directories.ts';
import { estimateMemory, type MemoryEstimate } from '../memory/estimate.ts';
import { memorySettings, type MemorySettings } from '../memory/settings.ts';
import type { ModelFile, ScannedFolder } from './model-file.ts';
import type { FileCache, FolderScan } from './scan-folder.ts';

/** Folders of one scan that are watched; changes in others are noticed by the check. */
const WATCHED_MAX = 100;

const CHECK_MS = 60_000;
/** Files that are copied into a folder change all the time. */
const SETTLE_MS = 2_000;
const RETRY_MS = 30_000;

/** What the folders of models depend on and report to. */
export interface ModelFoldersPorts {
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Scans a folder outside the serving thread. */
  readonly thread: {
    scan(folder: string, cache: FileCache): Promise<FolderScan>;
    close(): void;
  };
  /** A provider's folder has been read, or has changed; both are empty when it has no folder any more. */
  onModels(providerId: string, models: readonly ModelFile[], broken: readonly UnreadableFile[]): void;
}

interface Folder {
  readonly providerId: string;
  readonly path: string;
  cache: FileCache;
  /** null before the first scan. */
  scanned: ScannedFolder | null;
  /** Problems of the folder that the log has named. */
  readonly reported: Set<string>;
  /** Broken files that the log has named; one that was repaired is news when it breaks again. */
  reportedFiles: ReadonlySet<string>;
  running: Promise<void> | null;
  /** Something has changed during the scan. */
  again: boolean;
  checking: boolean;
  watched: readonly string[];
  unwatch: () => void;
  stopped: boolean;
}

/**
 * The folders of GGUF files (`models_dir`), each of one provider. They are scanned when they are set and when something in
 * them changes, which watches show at once, and a check of the known files and folders every minute where they cannot.
 * Without a folder nothing runs.
 */
export class ModelFolders {
  readonly #ports: ModelFoldersPorts;
  readonly #folders = new Map<string, Folder>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: ModelFoldersPorts) {
    this.#ports = ports;
  }

  /** Sets the folder of each provider, an absolute path; those that stay the same are kept. Scans new ones at once. */
  set(paths: ReadonlyMap<string, string>): void {
    for (const [providerId, folder] of this.#folders) {
      if (paths.get(providerId) === folder.path) continue;
      stop(folder);
      this.#folders.delete(providerId);
      if (!paths.has(providerId)) this.#ports.onModels(providerId, [], []);
    }
    for (const [providerId, path] of paths) {
      if (this.#folders.has(providerId)) continue;
      const folder = newFolder(providerId, path);
      this.#folders.set(providerId, folder);
      void this.#scan(folder);
    }
    clearInterval(this.#timer);
    if (this.#folders.size > 0) this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  /** Resolves when the scans that run now have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#folders.values()].flatMap(({ running }) => running ?? []));
  }

  /** Resolves once the folder of a provider was read for the first time; at once where it has none. */
  async read(providerId: string): Promise<void> {
    const folder = this.#folders.get(providerId);
    if (folder?.scanned === null) await folder.running;
  }

  /** The models of a provider's folder; empty before the first scan and without a folder. */
  models(providerId: string): readonly ModelFile[] {
    return this.#folders.get(providerId)?.scanned?.models ?? [];
  }

  /** The file of a model by its id, with or without `.gguf`; null: its folder has none. */
  find(providerId: string, modelId: string): ModelFile | null {
    const models = this.models(providerId);
    const id = modelId.replace(/\.gguf$/i, '');
    return models.find((file) => file.id === modelId) ?? models.find((file) => file.id === id) ?? null;
  }

  /**
   * The memory that a model of a provider's folder takes when it is loaded so; null: its folder has no such file.
   * `fileId` as for `find`, such as the `file` of a snapshot's model.
   */
  estimate(
    providerId: string,
    fileId: string,
    settings: Pick<MemorySettings, 'context'> & Partial<MemorySettings>,
  ): MemoryEstimate | null {
    const file = this.find(providerId, fileId);
    if (file === null) return null;
    return estimateMemory(file.model, memorySettings(settings), file.projector?.sizeBytes);
  }

  /** The files of a provider's folder that cannot be used. */
  broken(providerId: string): readonly UnreadableFile[] {
    return this.#folders.get(providerId)?.scanned?.broken ?? [];
  }

  /** Stops watching and ends the thread. */
  close(): void {
    clearInterval(this.#timer);
    for (const folder of this.#folders.values()) stop(folder);
    this.#folders.clear();
    this.#ports.thread.close();
  }

  #scan(folder: Folder): Promise<void> {
    if (folder.running !== null) {
      folder.again = true;
      return folder.running;
    }
    folder.running = this.#run(folder).then(() => {
      folder.running = null;
      if (!folder.again || folder.stopped) return undefined;
      folder.again = false;
      return this.#scan(folder);
    });
    return folder.running;
  }

  async #run(folder: Folder): Promise<void> {
    try {
      const { scanned, cache } = await this.#ports.thread.scan(folder.path, folder.cache);
      if (folder.stopped) return;
      folder.cache = cache;
      this.#apply(folder, scanned);
    } catch (error) {
      if (folder.stopped) return;
      const why = error instanceof Error ? error.message : 'unknown error';
      this.#warnOnce(folder, `models_dir of provider "${folder.providerId}" cannot be scanned: ${why}`);
    }
  }

  #apply(folder: Folder, scanned: ScannedFolder): void {
    const { providerId, path } = folder;
    const { models, broken, problem } = scanned;
    const before = folder.scanned;
    folder.scanned = scanned;
    if (problem !== null)
      this.#warnOnce(folder, `models_dir of provider "${providerId}": ${path} ${problem}`);
    for (const { file, error } of broken) {
      if (folder.reportedFiles.has(file)) continue;
      this.#ports.log.warn({ provider: providerId }, `${file} in models_dir cannot be used: ${error}`);
    }
    folder.reportedFiles = new Set(broken.map(({ file }) => file));
    const isSame = before !== null && idsOf(before) === idsOf(scanned);
    if (!isSame && problem === null) {
      const files = `${models.length} ${models.length === 1 ? 'model' : 'models'}`;
      this.#ports.log.info({ provider: providerId }, `models_dir of provider "${providerId}" has ${files}`);
    }
    this.#watch(folder);
    this.#ports.onModels(providerId, models, broken);
  }

  #watch(folder: Folder): void {
    const { scanned, path, providerId } = folder;
    const found = [...(scanned?.folders.keys() ?? [])];
    const directories = (found.length === 0 ? [path] : found).slice(0, WATCHED_MAX);
    if (directories.join('\n') === folder.watched.join('\n')) return;
    folder.unwatch();
    folder.watched = directories;
    folder.unwatch = watchDirectories({
      directories,
      debounceMs: SETTLE_MS,
      retryMs: RETRY_MS,
      onChange: () => void this.#scan(folder),
      onFailure: (_, code) => {
        if (code === 'ENOENT') return;
        this.#warnOnce(
          folder,
          `models_dir of provider "${providerId}" cannot be watched (${code}): changes are noticed within a minute`,
        );
      },
    });
  }

  #check(): void {
    for (const folder of this.#folders.values()) {
      // A check that does not end (a network file system without its server) holds a thread of the process: one at most.
      if (folder.checking || folder.running !== null) continue;
      folder.checking = true;
      void hasChanged(folder).then((changed) => {
        folder.checking = false;
        if (changed && !folder.stopped) void this.#scan(folder);
      });
    }
  }

  #warnOnce(folder: Folder, message: string): void {
    if (folder.reported.has(message)) return;
    folder.reported.add(message);
    this.#ports.log.warn({ provider: folder.providerId }, message);
  }
}

function newFolder(providerId: string, path: string): Folder {
  return {
    providerId,
    path,
    cache: new Map(),
    scanned: null,
    reported: new Set(),
    reportedFiles: new Set(),
    running: null,
    again: false,
    checking: false,
    watched: [],
    unwatch: () => undefined,
    stopped: false,
  };
}

function stop(folder: Folder): void {
  folder.stopped = true;
  folder.unwatch();
}

function idsOf({ models }: ScannedFolder): string {
  return models.map(({ id }) => id).join('\n');
}

/** Is a file or folder another than the last scan has read? */
async function hasChanged({ cache, scanned, path }: Folder): Promise<boolean> {
  const folders = scanned?.folders ?? new Map<string, number>();
  // A folder that has appeared, or can be read at last.
  if (folders.size === 0) return (await stampOf(path)).isFolder;
  for (const [folder, modifiedMs] of folders)
    if ((await stampOf(folder)).modifiedMs !== Math.trunc(modifiedMs)) return true;
  for (const [file, { sizeBytes, modifiedMs }] of cache) {
    const stamp = await stampOf(file);
    if (stamp.sizeBytes !== sizeBytes || stamp.modifiedMs !== Math.trunc(modifiedMs)) return true;
  }
  return false;
}

/** Zeros where there is nothing, as for a link to nothing. */
async function stampOf(
  path: string,
): Promise<{ readonly sizeBytes: number; readonly modifiedMs: number; readonly isFolder: boolean }> {
  try {
    const stats = await stat(path);
    return {
      sizeBytes: stats.size,
      modifiedMs: Math.trunc(stats.mtimeMs),
      isFolder: stats.isDirectory(),
    };
  } catch {
    return { sizeBytes: 0, modifiedMs: 0, isFolder: false };
  }
}
