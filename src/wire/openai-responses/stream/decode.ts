import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ChatNotes, StreamDecoder } from '../../codec.ts';

/** Decodes a stream of an upstream. */
export class ResponsesStreamDecoder implements StreamDecoder {
  readonly finished = false;
  readonly #notes: ChatNotes | null;

  constructor(notes: ChatNotes | null) {
    this.#notes = notes;
  }

  read(data: string): readonly StreamEvent[] {
    throw new Error(`not built ${data} ${String(this.#notes)}`);
  }

  end(): readonly StreamEvent[] {
    return [];
  }
}
