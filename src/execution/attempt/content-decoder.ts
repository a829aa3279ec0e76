import * as zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import type { UpstreamCall } from '../../providers/provider.ts';
import { declaredEncoding } from '../../util/content-encoding.ts';
import { rawHeader, type RawHeaders } from './upstream-headers.ts';

/** Receives the content of a compressed body. */
export interface DecodedContent {
  /** Unpacked bytes, as soon as the upstream has flushed them. */
  decoded(chunk: Buffer): void;
  /** All that had arrived before `end` has been unpacked. */
  decodedAll(): void;
  /** The encoding is unknown or broken; nothing follows. `summary` continues a sentence about the upstream. */
  undecodable(summary: string): void;
}

/** How a body in one encoding is unpacked; `first` is its first chunk. A cut body yields what it contains. */
type Unpacker = (first: Buffer) => Transform;

/** zstd is in Node from 22.15 on. */
const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: typeof zlib.createGunzip };

/** `ZSTD_e_flush`, which the constants of older versions lack. */
const ZSTD_FLUSH = 1;
const ZLIB = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const gunzip: Unpacker = () => zlib.createGunzip(ZLIB);

const UNPACKERS: Readonly<Record<string, Unpacker>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  // Some servers send bare deflate data, without the header of zlib, whose first byte names the method 8.
  deflate: (first) =>
    ((first[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate(ZLIB) : zlib.createInflateRaw(ZLIB),
  br: () => zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  ...(createZstdDecompress === undefined
    ? null
    : { zstd: () => createZstdDecompress({ finishFlush: ZSTD_FLUSH }) }),
};

/**
 * Unpacks a body that its upstream has compressed although the request accepts only `identity` (wire case 11). It holds
 * back no bytes, and pauses the upstream while it falls behind. The size of what it unpacks is limited by its reader,
 * which counts unpacked bytes and destroys it.
 */
export class ContentDecoder {
  readonly #encoding: string;
  readonly #content: DecodedContent;
  readonly #upstream: UpstreamCall;
  /** It has fallen behind, and resumes the upstream itself. */
  isFull = false;
  #stream: Transform | null = null;
  #isBroken = false;
  #isPaused = false;

  constructor(encoding: string, content: DecodedContent, upstream: UpstreamCall) {
    this.#encoding = encoding;
    this.#content = content;
    this.#upstream = upstream;
  }

  /** Takes a chunk as the upstream sent it. */
  write(chunk: Buffer): void {
    if (this.#isBroken) return;
    this.#stream ??= this.#open(chunk);
    if (this.#stream === null || this.#stream.write(chunk) || this.isFull) return;
    this.isFull = true;
    this.#upstream.pause();
    this.#stream.once('drain', () => {
      this.isFull = false;
      if (!this.#isPaused) this.#upstream.resume();
    });
  }

  /** The upstream's body has ended, or was cut. */
  end(): void {
    if (this.#isBroken) return;
    if (this.#stream === null) this.#content.decodedAll();
    else this.#stream.end();
  }

  /** Holds unpacked bytes until `resume`. */
  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
  }

  /** Stops; what has not been unpacked is dropped. */
  destroy(): void {
    this.#isBroken = true;
    this.#stream?.destroy();
  }

  #open(first: Buffer): Transform | null {
    const unpacker = Object.hasOwn(UNPACKERS, this.#encoding) ? UNPACKERS[this.#encoding] : undefined;
    if (unpacker === undefined) {
      this.#fail(`compressed its reply in a way that cannot be read (${this.#encoding.slice(0, 40)})`);
      return null;
    }
    return unpacker(first)
      .on('data', (chunk: Buffer) => {
        if (!this.#isBroken) this.#content.decoded(chunk);
      })
      .on('end', () => {
        if (!this.#isBroken) this.#content.decodedAll();
      })
      .on('error', () => {
        this.#fail(`compressed its reply as ${this.#encoding}, but its data is damaged`);
      });
  }

  #fail(summary: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#content.undecodable(summary);
  }
}

/** The encoding of a body, in lower case; null for plain bytes, as nearly every upstream sends. */
export function contentEncoding(headers: RawHeaders): string | null {
  return declaredEncoding(rawHeader(headers, 'content-encoding'));
}
