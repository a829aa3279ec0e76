import type { EventSplitter } from './framing.ts';

const LF = 10;

/**
 * Collects the output of one push. Adjacent ranges of a buffer are merged into one slice, so that a chunk of unchanged
 * events is not copied; a complete chunk is returned as the same Buffer.
 */
export class Output {
  #parts: Buffer[] = [];
  #buffer: Buffer | null = null;
  #start = 0;
  #end = 0;
  #bytes = 0;

  /** Number of collected bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a range of a buffer that will not change. */
  addRange(buffer: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (buffer === this.#buffer && start === this.#end) {
      this.#end = end;
      return;
    }
    this.#closeRange();
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
  }

  /** Adds the current event of a splitter unchanged; only a missing blank line is appended. */
  addEvent({ buffer, start, end, terminated }: EventSplitter): void {
    this.addRange(buffer, start, end);
    // After a CR, one LF would still be part of that line end.
    if (!terminated) this.add(Buffer.from(buffer[end - 1] === LF ? '\n' : '\n\n'));
  }

  /** Adds a whole buffer. */
  add(buffer: Buffer): void {
    this.addRange(buffer, 0, buffer.length);
  }

  /** Returns everything collected since the last call; null if there is nothing. */
  take(): Buffer | null {
    if (this.#bytes === 0) return null;
    this.#bytes = 0;
    const range = this.#takeRange();
    if (this.#parts.length === 0) return range;
    if (range !== null) this.#parts.push(range);
    const parts = this.#parts;
    this.#parts = [];
    return parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
  }

  /** Drops everything collected. */
  discard(): void {
    this.#bytes = 0;
    this.#parts = [];
    this.#buffer = null;
  }

  #closeRange(): void {
    const range = this.#takeRange();
    if (range !== null) this.#parts.push(range);
  }

  #takeRange(): Buffer | null {
    const buffer = this.#buffer;
    this.#buffer = null;
    if (buffer === null || this.#start === this.#end) return null;
    return this.#start === 0 && this.#end === buffer.length
      ? buffer
      : buffer.subarray(this.#start, this.#end);
  }
}
