/** How a stream of events is encoded: server-sent events, or newline-delimited JSON. */
export interface Framing {
  /** `content-type` of replies with this framing. */
  readonly contentType: string;
  /** Does this `content-type`, in lower case, denote this framing? */
  accepts(contentType: string): boolean;
  /** Creates the splitter for one stream. */
  splitter(): EventSplitter;
}

/** The fields of one event. */
export interface EventFields {
  /** The event's name; null if it has none. */
  readonly event: string | null;
  /** null if the event carries no data (a comment, a blank line). */
  readonly data: string | null;
  /**
   * Text that is not part of the format: a raw line that a server wrote into its stream, or a body of another type.
   */
  readonly foreign: string | null;
}

/**
 * Splits bytes, in chunks of any size, into events. `push` takes bytes; `next` moves to the next complete event, which
 * is then in `buffer` from `start` to `end`, including its terminator. An event within one chunk is never copied.
 */
export interface EventSplitter {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** The event is a single line. */
  readonly single: boolean;
  /** false only for a last event without a terminator. */
  readonly terminated: boolean;
  /** An incomplete event is buffered. */
  readonly pending: boolean;
  /** Call only after `next` has returned false. The chunk must not change afterwards. */
  push(chunk: Buffer): void;
  /** Throws a `too_large` fault for an event over `MAX_EVENT_BYTES`. */
  next(): boolean;
  /** Call at the end of the stream: moves to a last event without a terminator. */
  finish(): boolean;
  /** The fields of the current event. */
  fields(): EventFields;
}

/** Maximum size of an event, in bytes. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;
