/** Pauses after a failure, in milliseconds. */
export const BUSY_MS = 2_000;
export const LOADING_MS = 3_000;
export const MISSING_MS = 600_000;
export const QUOTA_MS = 600_000;
export const KEY_REFUSED_MS = 60_000;

const LIMIT_BASE_MS = 1_000;
const LIMIT_CAP_MS = 600_000;

/** The pause in ms after a rate limit without `Retry-After`: 1 s × 2ⁿ, at most 600 s, with jitter in its upper half. */
export function rateLimitPause(limitsBefore: number, random: number): number {
  const full = Math.min(LIMIT_BASE_MS * 2 ** limitsBefore, LIMIT_CAP_MS);
  return full * (0.5 + 0.5 * random);
}
