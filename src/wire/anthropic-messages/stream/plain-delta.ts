const HEAD = Buffer.from('event: content_block_delta\ndata: {"type":"content_block_delta","index":');
const DELTA = Buffer.from(',"delta":{"type":"');
const LETTER_S = 0x73;
const LF = 10;

/**
 * The block's index of a delta that is written as Anthropic writes them, told without reading it as JSON; -1 for every
 * other event, and for a signature, whose value is needed. Nearly every event of a stream is one (hot-path section 6).
 */
export function plainDeltaIndex(buffer: Buffer, start: number, end: number): number {
  if (end - start < HEAD.length + DELTA.length + 4) return -1;
  if (HEAD.compare(buffer, start, start + HEAD.length) !== 0) return -1;
  let position = start + HEAD.length;
  let index = 0;
  let byte = buffer[position] ?? 0;
  if (byte < 0x30 || byte > 0x39) return -1;
  while (byte >= 0x30 && byte <= 0x39) {
    index = index * 10 + byte - 0x30;
    position += 1;
    byte = buffer[position] ?? 0;
  }
  const type = position + DELTA.length;
  if (DELTA.compare(buffer, position, type) !== 0 || buffer[type] === LETTER_S) return -1;
  return endsCanonically(buffer, end) ? index : -1;
}

/** `}` and two line feeds: one data line, and no field behind it. */
function endsCanonically(buffer: Buffer, end: number): boolean {
  return buffer[end - 1] === LF && buffer[end - 2] === LF && buffer[end - 3] === 0x7d;
}
