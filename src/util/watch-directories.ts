import { watch, type FSWatcher } from 'node:fs';

/** What to watch, and who hears of it. */
export interface WatchOptions {
  /** Each by itself, not what lies below it. */
  readonly directories: readonly string[];
  /** Changes within this many milliseconds of each other are one. */
  readonly debounceMs: number;
  /** While one of them cannot be watched, it is tried again after this many milliseconds. */
  readonly retryMs: number;
  /** Something in one of them was written, made, renamed or removed; or one that was not there is. */
  readonly onChange: () => void;
  /** A directory that cannot be watched: not there, or the system has no watches left. Once, until it is watched. */
  readonly onTrouble: (directory: string, code: string) => void;
}

/**
 * Watches directories and not files, since editors replace a file by renaming. The watches are renewed after each
 * change in any of them; one that cannot be watched is tried again, since nothing tells that it has come. Keeps no
 * process alive. Gives the way to stop.
 */
export function watchDirectories(options: WatchOptions): () => void {
  const { directories, debounceMs, retryMs, onChange, onTrouble } = options;
  const watchers = new Map<string, FSWatcher>();
  const told = new Map<string, string>();
  let settling: NodeJS.Timeout | undefined;
  let retrying: NodeJS.Timeout | undefined;

  const fail = (directory: string, error: unknown): void => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
    retrying ??= setTimeout(retry, retryMs).unref();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (told.get(directory) === code) return;
    told.set(directory, code);
    onTrouble(directory, code);
  };
  const renew = (directory: string): boolean => {
    watchers.get(directory)?.close();
    try {
      const watcher = watch(directory, { persistent: false }, changed);
      watcher.on('error', (error) => {
        fail(directory, error);
      });
      watchers.set(directory, watcher);
      told.delete(directory);
      return true;
    } catch (error) {
      fail(directory, error);
      return false;
    }
  };
  const changed = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      directories.forEach(renew);
      onChange();
    }, debounceMs).unref();
  };
  const retry = (): void => {
    retrying = undefined;
    const missing = directories.filter((directory) => !watchers.has(directory));
    if (missing.filter(renew).length > 0) changed();
  };
  directories.forEach(renew);
  return () => {
    clearTimeout(settling);
    clearTimeout(retrying);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}
