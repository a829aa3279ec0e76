import { systemClock } from '../../../util/clock.ts';

/** Parsed JSON of an upstream that may be changed in place. A key that is set to undefined is not written out. */
export type MutableJson = Record<string, unknown>;

/** What is known besides the reply itself when it is normalized. */
export interface NormalizeContext {
  /** The model that was asked for: for replies that name none. */
  readonly model: string;
  /** The upstream's reply ids repeat, so that every reply gets one of ours (wire case 28). */
  readonly ownIds: boolean;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
}

/** The same where nothing is presented to a client of this wire: only ids of calls may have to be made up. */
export const NO_CLIENT: NormalizeContext = {
  model: '',
  ownIds: false,
  wall: systemClock.wall,
  random: Math.random,
};
