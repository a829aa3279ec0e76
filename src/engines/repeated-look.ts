import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that a request waits at most to learn whether its model is still there. */
const LOOK_MS = 1_000;
const LOOKS_AFTER_MS = [0, 100, 300];

/**
 * Looks whether a model has gone after a request of it failed. A connection ends before the end of its process is
 * noticed, so that it looks up to three times, for a second at most.
 */
export async function lookRepeatedly(look: () => Promise<unknown>, isGone: () => boolean): Promise<void> {
  const late = sleep(LOOK_MS, 'late', { ref: false });
  for (const afterMs of LOOKS_AFTER_MS) {
    await sleep(afterMs);
    const answer = await Promise.race([look(), late]);
    if (answer === 'late' || isGone()) return;
  }
}
