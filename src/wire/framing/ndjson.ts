import { WireFault } from '../fault.ts';
import { MAX_EVENT_BYTES, type EventFields, type EventSplitter, type Framing } from './framing.ts';

const LF = 10;
const EMPTY = Buffer.alloc(0);

/** One JSON value per line (`application/x-ndjson`), as in the streams of Ollama's own API. */
export const NDJSON: Framing = {
  contentType: 'application/x-ndjson',
  accepts: (contentType) => /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)\b/.test(contentType),
  splitter: () => new LineSplitter(),
};

/**
 * Splits a byte stream into lines, independent of chunk boundaries; the last may lack its line feed (wire case 160).
 */
class LineSplitter implements EventSplitter {
  buffer: Buffer = EMPTY;
  start = 0;
  end = 0;
  readonly single = true;
  terminated = true;

  #chunk: Buffer = EMPTY;
  #position = 0;
  /** Pieces of an incomplete line. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;

  get pending(): boolean {
    return this.#pieceBytes > 0;
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#position = 0;
  }

  next(): boolean {
    const found = this.#chunk.indexOf(LF, this.#position);
    const end = found < 0 ? this.#chunk.length : found + 1;
    if (this.#pieceBytes + end - this.#position > MAX_EVENT_BYTES) {
      throw new WireFault('too_large', `a line of the stream is larger than ${MAX_EVENT_BYTES} bytes`);
    }
    if (found >= 0 && this.#pieceBytes === 0) {
      this.buffer = this.#chunk;
      this.start = this.#position;
      this.end = end;
    } else {
      this.#keep(this.#chunk.subarray(this.#position, end));
      if (found >= 0) this.#takePieces();
    }
    this.#position = end;
    return found >= 0;
  }

  finish(): boolean {
    if (this.#pieceBytes === 0) return false;
    this.#takePieces();
    this.terminated = false;
    return true;
  }

  fields(): EventFields {
    const line = this.buffer.toString('utf8', this.start, this.end).trim();
    return { event: null, data: line === '' ? null : line, foreign: null };
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }

  #takePieces(): void {
    this.buffer = Buffer.concat(this.#pieces);
    this.start = 0;
    this.end = this.buffer.length;
    this.#pieces = [];
    this.#pieceBytes = 0;
  }
}
