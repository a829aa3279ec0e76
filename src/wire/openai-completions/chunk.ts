import type { JsonObject } from '../json/value.ts';
import { readChunk } from '../openai-chat/stream/read-chunk.ts';

/**
 * Reads the chunk of one event whose data is no end mark; null for the `null` with which llama-server (b10434) begins the
 * stream of several prompts. Throws a `WireFault` as `readChunk` does.
 */
export function readCompletionChunk(data: string): JsonObject | null {
  return data.trim() === 'null' ? null : readChunk(data);
}
