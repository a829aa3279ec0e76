import { join } from 'node:path';

import { PROFILES_FOLDER } from '../config/profiles/profile-files.ts';
import type { Log } from '../protocol/log.ts';
import type { Reloader } from '../registry/reload.ts';
import { watchDirectories } from '../util/watch-directories.ts';

/** Debounce of file changes: editors save a file in several steps. */
const FILES_SETTLE_MS = 250;

/** Retry interval for watching a missing configuration directory. */
const MISSING_DIRECTORY_MS = 5_000;

/** Where the files are that a running gateway takes up. */
export interface WatchedFiles {
  readonly configDirectory: string;
  /** It holds the folder of profiles. */
  readonly profileDirectory: string;
  /** The configuration directory that need not exist. */
  readonly usualDirectory: string;
}

/** Reloads the configuration on SIGHUP and when its files change. */
export function reloadOnChange(
  { reloader }: { readonly reloader: Reloader },
  { configDirectory, profileDirectory, usualDirectory }: WatchedFiles,
  log: Log,
): void {
  // On Windows SIGHUP ends the process.
  if (process.platform !== 'win32') process.on('SIGHUP', () => void reloader.trigger('SIGHUP'));
  watchDirectories({
    directories: [configDirectory, join(profileDirectory, PROFILES_FOLDER)],
    debounceMs: FILES_SETTLE_MS,
    retryMs: MISSING_DIRECTORY_MS,
    onChange: () => void reloader.trigger('file change'),
    onFailure: (directory, code) => {
      if (directory !== configDirectory) return;
      // Nobody needs to have the usual one.
      if (code === 'ENOENT' && directory === usualDirectory) return;
      const why = code === 'ENOENT' ? 'it does not exist' : code;
      log.warn(
        { directory },
        `cannot watch the configuration directory (${why}): its changes are not picked up automatically; retrying every 5 s`,
      );
    },
  });
}
