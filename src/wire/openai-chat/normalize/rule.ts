import type { MutableJson, NormalizeContext } from './context.ts';
import type { ChoiceState, StreamState } from './state.ts';

/**
 * One way in which servers deviate from what all clients of OpenAI's wire understand, and its canonical form. Each
 * function of a rule returns whether it changed anything; unchanged events go out as their original bytes. Nearly every
 * event is canonical, so a rule checks before it writes.
 */
export interface Rule {
  readonly name: string;
  /** Case numbers in `docs/wire-cases.md`. */
  readonly cases: readonly number[];
  /** Needs no other event of the stream, so it also applies to trusted streams, few of whose events are read. */
  readonly standalone?: true;
  /** Depends on the client, not on the wire: which usage and names it sees. Applied only by the guard. */
  readonly presentation?: true;
  /** For a chunk; `choices` is an array of objects once the first rule has run. */
  readonly chunk?: (chunk: MutableJson, stream: StreamState) => boolean;
  /** For one choice of a chunk; `delta` is its object. */
  readonly choice?: (
    choice: MutableJson,
    delta: MutableJson,
    state: ChoiceState,
    stream: StreamState,
  ) => boolean;
  /** For a unary reply. */
  readonly reply?: (reply: MutableJson, context: NormalizeContext) => boolean;
  /** For one choice of a unary reply; `message` is its object. */
  readonly message?: (choice: MutableJson, message: MutableJson, context: NormalizeContext) => boolean;
}
