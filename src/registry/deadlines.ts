import type { DeadlineSeconds } from '../config/config.ts';
import type { Deadlines } from '../routing/snapshot.ts';

/** Converts configured deadlines from seconds to milliseconds. */
export function deadlinesInMs(deadlines: DeadlineSeconds): Deadlines {
  return Object.freeze({
    connectMs: deadlines.connect_s * 1000,
    firstTokenMs: deadlines.first_token_s * 1000,
    idleMs: deadlines.idle_s * 1000,
    totalMs: deadlines.total_s * 1000,
  });
}
