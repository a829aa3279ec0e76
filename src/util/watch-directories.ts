import { watch, type FSWatcher } from 'node:fs';

/** What to watch, and who hears of it. */
export interface WatchOptions {
  /** Each by itself, not what lies below it. */
  readonly directories: readonly string[];
  /** Changes within this many milliseconds of each other are one. */
  readonly debounceMs: number;
  /** Something in one of them was written, made, renamed or removed. */
  readonly onChange: () => void;
  /** A directory that cannot be watched: it is not there, or the system has no watches left. Once for each cause. */
  readonly onTrouble: (directory: string, code: string) => void;
}

/**
 * Watches directories and not files, since editors replace a file by renaming. The watches are renewed after each
 * change in any of them; a directory that comes into being, or is made again, is only noticed then. Keeps no process
 * alive. Gives the way to stop.
 */
export function watchDirectories(options: WatchOptions): () => void {
  const { directories, debounceMs, onChange, onTrouble } = options;
  const watchers = new Map<string, FSWatcher>();
  const told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const fail = (directory: string, error: unknown): void => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const cause = `${code} ${directory}`;
    if (told.has(cause)) return;
    told.add(cause);
    onTrouble(directory, code);
  };
  const renew = (): void => {
    for (const directory of directories) {
      watchers.get(directory)?.close();
      try {
        const watcher = watch(directory, { persistent: false }, changed);
        watcher.on('error', (error) => {
          fail(directory, error);
        });
        watchers.set(directory, watcher);
      } catch (error) {
        fail(directory, error);
      }
    }
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      renew();
      onChange();
    }, debounceMs).unref();
  };
  renew();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}
