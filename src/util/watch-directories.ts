import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** What to watch, and callbacks. */
export interface WatchOptions {
  /** Watched non-recursively. */
  readonly directories: readonly string[];
  /** Changes less than this many milliseconds apart are reported as one. */
  readonly debounceMs: number;
  /** Interval in milliseconds at which directories that cannot be watched are retried. */
  readonly retryMs: number;
  /** Something in a directory was written, created, renamed or removed, or a missing directory appeared. */
  readonly onChange: () => void;
  /** A directory cannot be watched: it is missing, or the system is out of watches. Reported once per failure. */
  readonly onFailure: (directory: string, code: string) => void;
}

/**
 * Watches directories instead of files, since editors replace a file by renaming. All watches are renewed after each
 * change. Failed ones are retried at an interval, since nothing signals that a directory has appeared, except where its
 * parent is one of the others. Does not keep the process alive. Returns a function that stops watching.
 */
export function watchDirectories(options: WatchOptions): () => void {
  const { directories, debounceMs, retryMs, onChange, onFailure } = options;
  const watchers = new Map<string, FSWatcher>();
  const reported = new Map<string, string>();
  let settling: NodeJS.Timeout | undefined;
  let retrying: NodeJS.Timeout | undefined;

  const fail = (directory: string, error: unknown): void => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isSignalled = code === 'ENOENT' && watchers.has(dirname(directory));
    if (!isSignalled) retrying ??= setTimeout(retry, retryMs).unref();
    if (reported.get(directory) === code) return;
    reported.set(directory, code);
    onFailure(directory, code);
  };
  const renew = (directory: string): boolean => {
    watchers.get(directory)?.close();
    try {
      const watcher = watch(directory, { persistent: false }, changed);
      watcher.on('error', (error) => {
        fail(directory, error);
      });
      watchers.set(directory, watcher);
      reported.delete(directory);
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
