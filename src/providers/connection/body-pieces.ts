/** The most that is written at once, in bytes: TLS encrypts it in one go, 50 MB would take 60 ms of the process. */
const PIECE_BYTES = 1024 * 1024;

/** A large request body as undici takes it: written piece by piece as the socket drains, and again for a repeat. */
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

/** Small bodies go out as they are; null for what is to be sent in one write. */
export function inPieces(body: Buffer | readonly Buffer[] | null): BodyPieces | null {
  if (body === null) return null;
  if (!Buffer.isBuffer(body)) return new BodyPieces(body);
  return body.length > PIECE_BYTES ? new BodyPieces([body]) : null;
}
