/** Bytes per write: TLS encrypts a whole write synchronously, so 50 MB at once would block the process for 60 ms. */
const PIECE_BYTES = 1024 * 1024;

/** A large request body for undici: written piece by piece as the socket drains; iterable again for a retry. */
export class BodyPieces implements Iterable<Buffer> {
  readonly length: number;
  readonly #parts: readonly Buffer[];

  constructor(parts: readonly Buffer[]) {
    this.#parts = parts;
    this.length = parts.reduce((sum, { length }) => sum + length, 0);
  }

  *[Symbol.iterator](): Generator<Buffer> {
    for (const part of this.#parts) {
      for (let start = 0; start < part.length; start += PIECE_BYTES) {
        yield part.subarray(start, start + PIECE_BYTES);
      }
    }
  }
}

/** Splits a large body into pieces; null for a body that is small enough for one write. */
export function inPieces(body: Buffer | readonly Buffer[] | null): BodyPieces | null {
  if (body === null) return null;
  if (!Buffer.isBuffer(body)) return new BodyPieces(body);
  return body.length > PIECE_BYTES ? new BodyPieces([body]) : null;
}
