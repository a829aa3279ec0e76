/** The two clocks, injected so that tests own them. */
export interface Clock {
  /** Monotonic milliseconds with fractions: durations, deadlines, moods. */
  readonly now: () => number;
  /** Wall-clock milliseconds since 1970: what people read and what expires. */
  readonly wall: () => number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
