/**
 * Runs `read` one at a time: calls during a run are served by one more run after it, so that a burst of events costs
 * two reads, and a slow old reply never replaces a newer one. The promise resolves after a run that began no earlier
 * than the call.
 */
export function coalesced(read: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  const run = (): Promise<void> => {
    running = read().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (running === null) return run();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return run();
      });
    return next;
  };
}
