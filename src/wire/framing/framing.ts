/** How a stream of events is written into bytes: server-sent events, or JSON by lines. */
export interface Framing {
  /** `content-type` of a reply in it. */
  readonly contentType: string;
  /** Does a reply with this `content-type`, in lower case, hold such a stream? */
  accepts(contentType: string): boolean;
  /** Cuts one stream into its events. */
  splitter(): EventSplitter;
}

/** The fields of one event. */
export interface EventFields {
  /** Its name; null where it has none. */
  readonly event: string | null;
  /** null where the event carries no data (a comment, a blank line). */
  readonly data: string | null;
  /** Text that is no part of the format: a raw line that a server wrote into its stream, or a body of another kind. */
  readonly foreign: string | null;
}

/**
 * Cuts bytes, in any slicing, into events. `push` takes bytes; `next` moves to the next whole event, which then lies in
 * `buffer` from `start` to `end`, its terminator included. An event within one chunk is never copied.
 */
export interface EventSplitter {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** The event is one line. */
  readonly single: boolean;
  /** false only for a last event whose terminator never came. */
  readonly terminated: boolean;
  /** A part of an event is kept for later bytes. */
  readonly pending: boolean;
  /** To be called only when `next` has returned false. The chunk must not change afterwards. */
  push(chunk: Buffer): void;
  /** Throws a `too_large` fault for an event over `MAX_EVENT_BYTES`. */
  next(): boolean;
  /** Called at the end of the stream: moves to a last event that has no terminator. */
  finish(): boolean;
  /** The fields of the event at hand. */
  fields(): EventFields;
}

/** The largest event that is read, in bytes. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;
