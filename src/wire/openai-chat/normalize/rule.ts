import { systemClock } from '../../../util/clock.ts';
import type { ChoiceState, StreamState } from './state.ts';

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

/**
 * One way in which servers differ from what every client of OpenAI's wire understands, and its canonical form. Each
 * form of a rule returns whether it changed anything: what no rule changes goes out as its own bytes. A rule looks
 * before it writes, since nearly every event is canonical.
 */
export interface Rule {
  readonly name: string;
  /** Numbers of `docs/wire-cases.md`. */
  readonly cases: readonly number[];
  /** Needs no other event of the stream: holds for trusted streams too, of which few events are read. */
  readonly blind?: true;
  /** Not a matter of grammar: what this client is to see of the usage and the names. Only the guard applies it. */
  readonly presentation?: true;
  /** On a chunk as a whole; `choices` is an array of objects once the first rule has run. */
  readonly chunk?: (chunk: MutableJson, stream: StreamState) => boolean;
  /** On one choice of a chunk; `delta` is the object in it. */
  readonly choice?: (
    choice: MutableJson,
    delta: MutableJson,
    state: ChoiceState,
    stream: StreamState,
  ) => boolean;
  /** On a whole reply. */
  readonly reply?: (reply: MutableJson, context: NormalizeContext) => boolean;
  /** On one choice of a whole reply; `message` is the object in it. */
  readonly message?: (choice: MutableJson, message: MutableJson, context: NormalizeContext) => boolean;
}
