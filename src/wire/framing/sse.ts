import { WireFault } from '../fault.ts';
import { MAX_EVENT_BYTES, type EventFields, type EventSplitter, type Framing } from './framing.ts';

const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);
/** Initial buffer size for an incomplete event, in bytes. */
const FIRST_TAIL_BYTES = 1024;

/** Server-sent events (WHATWG HTML, section 9.2). */
export const SSE: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  accepts: (contentType) => contentType.startsWith('text/event-stream'),
  splitter: () => new SseSplitter(),
};

/**
 * Splits a byte stream into server-sent events, including their blank lines. An event that spans chunks is copied
 * once. It works on bytes, so characters are never split.
 *
 * Lines end in LF, CRLF or CR, in any mix (WHATWG HTML, section 9.2.6). If a chunk ends with a CR that ends an event,
 * the event waits for the next byte, since an LF there would belong to it: otherwise the output would depend on where
 * the network splits the stream.
 */
export class SseSplitter implements EventSplitter {
  buffer: Buffer = EMPTY;
  start = 0;
  end = 0;
  single = false;
  terminated = true;

  #chunk: Buffer = EMPTY;
  #position = 0;
  #eventStart = 0;
  /** Next CR in the chunk at or after the position; Infinity if there is none. */
  #nextCr = Infinity;
  #tail: Buffer = EMPTY;
  #tailLength = 0;
  #lines = 0;
  #atLineStart = true;
  /** The last byte was a CR that ended a line: an LF directly after it belongs to the same line end. */
  #afterCr = false;
  /** As above, and the CR ended the event. */
  #afterBlankCr = false;
  #first = true;

  get pending(): boolean {
    return this.#tailLength > 0;
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#position = 0;
    this.#eventStart = 0;
    const cr = chunk.indexOf(CR);
    this.#nextCr = cr < 0 ? Infinity : cr;
  }

  next(): boolean {
    const end = this.#findEnd();
    if (end < 0) {
      this.#keep(this.#chunk.length);
      this.#eventStart = this.#chunk.length;
      return false;
    }
    if (this.#tailLength === 0) {
      this.buffer = this.#chunk;
      this.start = this.#eventStart;
      this.end = end;
      if (end - this.#eventStart > MAX_EVENT_BYTES) throw tooLarge();
    } else {
      this.#keep(end);
      this.#takeTail();
    }
    this.#eventStart = end;
    this.#yieldEvent(true);
    return true;
  }

  finish(): boolean {
    if (this.#tailLength === 0) return false;
    const terminated = this.#afterBlankCr;
    if (!this.#atLineStart) this.#lines += 1;
    this.#takeTail();
    this.#yieldEvent(terminated);
    return true;
  }

  /** Nearly every event is a single data line, which is read without a loop over its bytes. */
  fields(): EventFields {
    const { buffer, start, end } = this;
    const valueStart = this.single ? dataValueStart(buffer, start) : -1;
    if (valueStart < 0) return readFields(buffer, start, end);
    const data = buffer.toString('utf8', valueStart, lineContentEnd(buffer, valueStart, end));
    return { event: null, data, foreign: null };
  }

  /** The offset after the next event's blank line, or -1 if the chunk contains no further complete event. */
  #findEnd(): number {
    const chunk = this.#chunk;
    const length = chunk.length;
    let position = this.#position;
    while (position < length) {
      const byte = chunk[position];
      if (this.#afterBlankCr) return this.#endAt(byte === LF ? position + 1 : position);
      if (this.#afterCr) {
        this.#afterCr = false;
        if (byte === LF) {
          position += 1;
          continue;
        }
      }
      if (this.#atLineStart && byte === LF) return this.#endAt(position + 1);
      if (this.#atLineStart && byte === CR) {
        this.#afterBlankCr = true;
        position += 1;
        continue;
      }
      const lineEnd = this.#findLineEnd(position);
      this.#atLineStart = lineEnd >= 0;
      if (lineEnd < 0) break;
      this.#lines += 1;
      this.#afterCr = chunk[lineEnd] === CR;
      position = lineEnd + 1;
    }
    this.#position = length;
    return -1;
  }

  #endAt(position: number): number {
    this.#position = position;
    return position;
  }

  #findLineEnd(from: number): number {
    const lf = this.#chunk.indexOf(LF, from);
    if (this.#nextCr < from) {
      const cr = this.#chunk.indexOf(CR, from);
      this.#nextCr = cr < 0 ? Infinity : cr;
    }
    if (this.#nextCr === Infinity) return lf;
    return lf >= 0 && lf < this.#nextCr ? lf : this.#nextCr;
  }

  /** Appends the chunk's part of an incomplete event, up to `end`, to the buffered part. */
  #keep(end: number): void {
    const added = end - this.#eventStart;
    if (added <= 0) return;
    const length = this.#tailLength + added;
    if (length > MAX_EVENT_BYTES) throw tooLarge();
    if (length > this.#tail.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#tail.length * 2, FIRST_TAIL_BYTES));
      this.#tail.copy(grown, 0, 0, this.#tailLength);
      this.#tail = grown;
    }
    this.#chunk.copy(this.#tail, this.#tailLength, this.#eventStart, end);
    this.#tailLength = length;
  }

  #takeTail(): void {
    this.buffer = this.#tail;
    this.start = 0;
    this.end = this.#tailLength;
    this.#tail = EMPTY;
    this.#tailLength = 0;
  }

  #yieldEvent(terminated: boolean): void {
    this.single = this.#lines === 1;
    this.terminated = terminated;
    this.#lines = 0;
    this.#atLineStart = true;
    this.#afterCr = false;
    this.#afterBlankCr = false;
    if (this.#first) {
      this.#first = false;
      if (startsWithByteOrderMark(this.buffer, this.start)) this.start += 3;
    }
  }
}

/** Joins several `data:` fields with LF; of several `event:` fields the last one applies. */
function readFields(buffer: Buffer, start: number, end: number): EventFields {
  let event: string | null = null;
  let data: string | null = null;
  let foreign: string | null = null;
  let position = start;
  while (position < end) {
    let lineEnd = position;
    while (lineEnd < end && buffer[lineEnd] !== LF && buffer[lineEnd] !== CR) lineEnd += 1;
    if (lineEnd > position) {
      const line = buffer.toString('utf8', position, lineEnd);
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
      if (name === 'data') data = data === null ? value : `${data}\n${value}`;
      else if (name === 'event') event = value;
      else if (name !== '' && name !== 'id' && name !== 'retry') foreign ??= line;
    }
    position = lineEnd + 1;
  }
  return { event, data, foreign };
}

/** The offset of the value of a one-line `data:` event; -1 if the line is something else. */
function dataValueStart(buffer: Buffer, start: number): number {
  if (
    buffer[start] !== 0x64 ||
    buffer[start + 1] !== 0x61 ||
    buffer[start + 2] !== 0x74 ||
    buffer[start + 3] !== 0x61 ||
    buffer[start + 4] !== 0x3a
  ) {
    return -1;
  }
  return buffer[start + 5] === 0x20 ? start + 6 : start + 5;
}

/** The end of a one-line event without its line ends. */
function lineContentEnd(buffer: Buffer, start: number, end: number): number {
  let contentEnd = end;
  while (contentEnd > start && (buffer[contentEnd - 1] === LF || buffer[contentEnd - 1] === CR))
    contentEnd -= 1;
  return contentEnd;
}

function startsWithByteOrderMark(buffer: Buffer, start: number): boolean {
  return buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf;
}

function tooLarge(): WireFault {
  return new WireFault('too_large', `an event of the stream is larger than ${MAX_EVENT_BYTES} bytes`);
}
