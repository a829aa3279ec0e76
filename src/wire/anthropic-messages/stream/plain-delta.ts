const LF = 10;
const BRACE = 0x7d;
/** The kind of delta that nearly all of a block are; of other blocks each delta is read. */
const USUAL: Readonly<Record<string, string>> = {
  text: 'text_delta',
  thinking: 'thinking_delta',
  tool_use: 'input_json_delta',
};

/** How each usual delta of this block begins where it is written as Anthropic writes them; null: it has none. */
export function plainDeltaHead(index: number, blockType: unknown): Buffer | null {
  const delta = USUAL[String(blockType)];
  if (delta === undefined) return null;
  return Buffer.from(
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${delta}"`,
  );
}

/**
 * Is the event that lies in `buffer` from `start` to `end` such a delta? Told without reading it as JSON, since nearly
 * every event of a stream is one.
 */
export function isPlainDelta(head: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (head.compare(buffer, start, Math.min(start + head.length, end)) !== 0) return false;
  // `}` and two line feeds: one data line, and no field behind it.
  return buffer[end - 1] === LF && buffer[end - 2] === LF && buffer[end - 3] === BRACE;
}
