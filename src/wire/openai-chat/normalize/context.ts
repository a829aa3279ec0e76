import { systemClock } from '../../../util/clock.ts';

/** Parsed JSON of an upstream that may be changed in place. A key set to undefined is not serialized. */
export type MutableJson = Record<string, unknown>;

/** What normalization needs besides the reply itself. */
export interface NormalizeContext {
  /** The id of the requested model, for replies without a model. */
  readonly model: string;
  /** The upstream's reply ids repeat, so every reply gets a generated id (wire case 28). */
  readonly generateIds: boolean;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
}

/** The context when no client of this wire sees the reply: only ids of calls may have to be generated. */
export const NO_CLIENT: NormalizeContext = {
  model: '',
  generateIds: false,
  wall: systemClock.wall,
  random: Math.random,
};
