import type { DeadlineSeconds } from '../../config/config.ts';
import type { Deadlines, DeadlinesByPlace } from '../../routing/snapshot.ts';

/**
 * Defaults of `first_token_s`. A local engine reads a long prompt for minutes before its first token (antirez/ds4#151),
 * and llama-server sends nothing at all until the request gets a slot.
 */
const FIRST_TOKEN_S = 120;
const LOCAL_FIRST_TOKEN_S = 600;

/** Converts configured deadlines from seconds to milliseconds, with the defaults that depend on the provider. */
export function deadlinesInMs(deadlines: DeadlineSeconds): DeadlinesByPlace {
  return Object.freeze({
    ...inMs(deadlines, FIRST_TOKEN_S),
    local: Object.freeze(inMs(deadlines, LOCAL_FIRST_TOKEN_S)),
  });
}

function inMs(deadlines: DeadlineSeconds, firstTokenS: number): Deadlines {
  return {
    connectMs: deadlines.connect_s * 1000,
    firstTokenMs: (deadlines.first_token_s ?? firstTokenS) * 1000,
    idleMs: deadlines.idle_s * 1000,
    totalMs: deadlines.total_s * 1000,
  };
}
