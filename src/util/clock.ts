/** The two clocks, injected so that tests can control them. */
export interface Clock {
  /** Monotonic milliseconds with fractions, for durations, deadlines and health. */
  readonly now: () => number;
  /** Wall-clock milliseconds since 1970, for displayed times and expiry. */
  readonly wall: () => number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
