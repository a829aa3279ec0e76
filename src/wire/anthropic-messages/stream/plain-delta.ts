const LF = 10;
const BRACE = 0x7d;
/** The type of nearly all deltas of a block; deltas of other blocks are always parsed. */
const PLAIN_DELTAS: Readonly<Record<string, string>> = {
  text: 'text_delta',
  thinking: 'thinking_delta',
  tool_use: 'input_json_delta',
};

/** The beginning of a plain delta of this block, as Anthropic writes it; null if the block has none. */
export function plainDeltaHead(index: number, blockType: unknown): Buffer | null {
  const delta = PLAIN_DELTAS[String(blockType)];
  if (delta === undefined) return null;
  return Buffer.from(
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${delta}"`,
  );
}

/**
 * Is the event in `buffer` from `start` to `end` a plain delta? Checked without parsing, since nearly every event of a
 * stream is one.
 */
export function isPlainDelta(head: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (head.compare(buffer, start, Math.min(start + head.length, end)) !== 0) return false;
  // `}` and two line feeds: one data line, and no field after it.
  return buffer[end - 1] === LF && buffer[end - 2] === LF && buffer[end - 3] === BRACE;
}
