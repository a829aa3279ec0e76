import type { Log } from '../../src/protocol/log.ts';

/** A log that keeps nothing. */
export const SILENT_LOG: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
