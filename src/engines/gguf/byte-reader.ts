import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { GgufFault, toFault } from './fault.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * Largest header, in bytes. A vocabulary of 256,000 tokens with its merges takes about 15 MB; the limit also bounds the
 * time that a hostile file takes.
 */
const HEADER_MAX_BYTES = 128 * 1024 * 1024;

/**
 * Reads a file from its beginning through one small buffer. What is skipped is not read. Every length is compared with
 * the size of the file before it is used, so that no length of the file leads to an allocation or a long loop.
 */
export class ByteReader {
  /** Of the file, in bytes. */
  readonly size: number;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** The bytes `#start` to `#start + #filled` of the file are in the buffer. */
  #start = 0;
  #filled = 0;
  #position = 0;
  #bigEndian = false;

  private constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Opens a regular file, calls `use` with its reader, and closes it. Throws a `GgufFault` and nothing else. */
  static use<Result>(path: string, use: (reader: ByteReader) => Result): Result {
    let file: number | null = null;
    try {
      // Without O_NONBLOCK, which Windows lacks, the opening of a pipe would wait for its writer.
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new GgufFault('unreadable', 'is not a regular file');
      return use(new ByteReader(file, stats.size));
    } catch (error) {
      throw toFault(error);
    } finally {
      if (file !== null) closeSync(file);
    }
  }

  /** Where the next byte is read, from the beginning of the file. */
  get position(): number {
    return this.#position;
  }

  /** Numbers are big-endian from now on. */
  useBigEndian(): void {
    this.#bigEndian = true;
  }

  /** Moves on without reading. `what` names the bytes in a fault. */
  skip(bytes: number, what: string): void {
    this.#check(bytes, what);
    this.#position += bytes;
  }

  /** Text of a length that was read before; at most `CHUNK_BYTES` would be in the buffer, so it is read apart. */
  text(bytes: number, what: string): string {
    this.#check(bytes, what);
    if (bytes <= CHUNK_BYTES) {
      const at = this.#ensure(bytes, what);
      return this.#buffer.toString('utf8', at, at + bytes);
    }
    const whole = Buffer.allocUnsafe(bytes);
    this.#readAll(whole, bytes, this.#position, what);
    this.#position += bytes;
    return whole.toString('utf8');
  }

  u8(what: string): number {
    return this.#buffer.readUInt8(this.#ensure(1, what));
  }

  i8(what: string): number {
    return this.#buffer.readInt8(this.#ensure(1, what));
  }

  u16(what: string): number {
    const at = this.#ensure(2, what);
    return this.#bigEndian ? this.#buffer.readUInt16BE(at) : this.#buffer.readUInt16LE(at);
  }

  i16(what: string): number {
    const at = this.#ensure(2, what);
    return this.#bigEndian ? this.#buffer.readInt16BE(at) : this.#buffer.readInt16LE(at);
  }

  u32(what: string): number {
    const at = this.#ensure(4, what);
    return this.#bigEndian ? this.#buffer.readUInt32BE(at) : this.#buffer.readUInt32LE(at);
  }

  i32(what: string): number {
    const at = this.#ensure(4, what);
    return this.#bigEndian ? this.#buffer.readInt32BE(at) : this.#buffer.readInt32LE(at);
  }

  f32(what: string): number {
    const at = this.#ensure(4, what);
    return this.#bigEndian ? this.#buffer.readFloatBE(at) : this.#buffer.readFloatLE(at);
  }

  f64(what: string): number {
    const at = this.#ensure(8, what);
    return this.#bigEndian ? this.#buffer.readDoubleBE(at) : this.#buffer.readDoubleLE(at);
  }

  /** As the nearest number: exact up to 2^53. */
  u64(what: string): number {
    const at = this.#ensure(8, what);
    const [high, low] = this.#bigEndian
      ? [this.#buffer.readUInt32BE(at), this.#buffer.readUInt32BE(at + 4)]
      : [this.#buffer.readUInt32LE(at + 4), this.#buffer.readUInt32LE(at)];
    return high * 2 ** 32 + low;
  }

  /** As the nearest number: exact up to 2^53. */
  i64(what: string): number {
    const at = this.#ensure(8, what);
    return Number(this.#bigEndian ? this.#buffer.readBigInt64BE(at) : this.#buffer.readBigInt64LE(at));
  }

  #check(bytes: number, what: string): void {
    const left = this.size - this.#position;
    if (bytes > left) {
      throw new GgufFault(
        'truncated',
        `is truncated, or its header is damaged: ${what} at byte ${this.#position} would take ${bytes} bytes, the file has ${left} left`,
      );
    }
    if (this.#position + bytes > HEADER_MAX_BYTES) {
      throw new GgufFault('too_large', `has a header larger than ${HEADER_MAX_BYTES / 1024 / 1024} MiB`);
    }
  }

  /** Brings at most `CHUNK_BYTES` bytes into the buffer, moves past them, and returns where they are in it. */
  #ensure(bytes: number, what: string): number {
    this.#check(bytes, what);
    if (this.#position < this.#start || this.#position + bytes > this.#start + this.#filled) {
      this.#start = this.#position;
      this.#filled = Math.min(CHUNK_BYTES, this.size - this.#start);
      this.#readAll(this.#buffer, this.#filled, this.#start, what);
    }
    const at = this.#position - this.#start;
    this.#position += bytes;
    return at;
  }

  #readAll(into: Buffer, bytes: number, from: number, what: string): void {
    let done = 0;
    while (done < bytes) {
      const read = readSync(this.#file, into, done, bytes - done, from + done);
      if (read === 0) throw new GgufFault('truncated', `became shorter while ${what} was read`);
      done += read;
    }
  }
}
