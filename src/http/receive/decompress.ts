import * as zlib from 'node:zlib';

import { GatewayError } from '../../protocol/errors.ts';

type Unpack = (
  body: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void;

/** zstd is in Node from 22.15 on. */
const { zstdDecompress } = zlib as { readonly zstdDecompress?: Unpack };

const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', zlib.gunzip],
  ['x-gzip', zlib.gunzip],
  ['deflate', zlib.inflate],
  ['br', zlib.brotliDecompress],
  ...(zstdDecompress === undefined ? [] : [['zstd', zstdDecompress] as const]),
]);

/** The encodings of request bodies that are accepted, besides `identity`. */
export const ACCEPTED_ENCODINGS: readonly string[] = [...UNPACK.keys()].filter((name) => name !== 'x-gzip');

/** Can a body in this encoding be unpacked? */
export function isAcceptedEncoding(encoding: string): boolean {
  return UNPACK.has(encoding);
}

/**
 * Unpacks a body; calls `done` once, with the plain bytes or an error. What becomes larger than `maxBytes` is given up at
 * that size and reported as `tooLarge` (wire case 19). Node's pool unpacks four bodies at a time, which bounds the memory
 * that is not reserved yet.
 */
export function unpackBody(
  body: Buffer,
  encoding: string,
  { maxBytes, tooLarge }: { readonly maxBytes: number; readonly tooLarge: () => GatewayError },
  done: (error: Error | null, result?: Buffer) => void,
): void {
  const unpack = UNPACK.get(encoding);
  if (unpack === undefined) {
    done(new GatewayError('unsupported_media_type', `the encoding ${encoding} is not known`));
    return;
  }
  unpack(body, { maxOutputLength: maxBytes }, (error, result) => {
    if (error === null) done(null, result);
    else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') done(tooLarge());
    else done(new GatewayError('invalid_body', `the body is not valid ${encoding}`));
  });
}
