/** Bytes of a reply that are shown at first: 100 kB, since a browser lays out megabytes for seconds. */
const SHOWN_BYTES = 100_000;

/** A text that may be too long to be shown at first. */
export interface MeasuredBlocks {
  /** Its start; null: it is short enough to be shown whole. */
  readonly head: readonly string[] | null;
  /** Its size in UTF-8. */
  readonly bytes: number;
}

const encoder = new TextEncoder();

/** Measures a text in blocks, and cuts one of more than 100 kB. Never splits a character. */
export function measureBlocks(blocks: readonly string[]): MeasuredBlocks {
  let bytes = 0;
  const head: string[] = [];
  for (const block of blocks) {
    const left = SHOWN_BYTES - bytes;
    bytes += encoder.encode(block).length;
    if (left > 0) head.push(bytes <= SHOWN_BYTES ? block : startOf(block, left));
  }
  return { head: bytes <= SHOWN_BYTES ? null : head, bytes };
}

function startOf(block: string, bytes: number): string {
  return block.slice(0, encoder.encodeInto(block, new Uint8Array(bytes)).read);
}
