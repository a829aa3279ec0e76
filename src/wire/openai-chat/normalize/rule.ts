import type { MutableJson, NormalizeContext } from './context.ts';
import type { ChoiceState, StreamState } from './state.ts';

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
