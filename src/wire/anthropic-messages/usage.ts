import type { ChatUsage } from '../../protocol/chat.ts';
import { isJsonObject, tokenCount, type JsonObject } from '../json/value.ts';

/**
 * Collects the usage of one reply. A stream reports it twice, cumulatively: later counts overwrite earlier ones,
 * absent or null ones do not (wire cases 49, 51).
 */
export class MessagesUsage {
  #input: number | null = null;
  #cacheWrite: number | null = null;
  #cacheRead: number | null = null;
  #output: number | null = null;
  #thinking: number | null = null;
  #isEstimated = false;

  /** Adds a `usage` object; any other value is ignored. */
  read(value: unknown): void {
    if (!isJsonObject(value)) return;
    this.#input = tokenCount(value['input_tokens']) ?? this.#input;
    this.#cacheWrite = tokenCount(value['cache_creation_input_tokens']) ?? this.#cacheWrite;
    this.#cacheRead = tokenCount(value['cache_read_input_tokens']) ?? this.#cacheRead;
    this.#output = tokenCount(value['output_tokens']) ?? this.#output;
    const details = value['output_tokens_details'];
    if (isJsonObject(details)) this.#thinking = tokenCount(details['thinking_tokens']) ?? this.#thinking;
  }

  /** As `read`, for a `usage` that contains estimates. */
  estimate(value: JsonObject): void {
    this.read(value);
    this.#isEstimated = true;
  }

  /**
   * As OpenAI counts it, with cached prompt tokens as part of the prompt (wire case 50); null if nothing was reported.
   */
  get total(): ChatUsage | null {
    if (this.#input === null && this.#output === null) return null;
    return {
      inputTokens: tokenCount((this.#input ?? 0) + (this.#cacheWrite ?? 0) + (this.#cacheRead ?? 0)) ?? 0,
      outputTokens: this.#output ?? 0,
      cachedInputTokens: this.#cacheRead,
      reasoningTokens: this.#thinking,
      cacheWriteTokens: this.#cacheWrite,
      ...(this.#isEstimated ? { estimated: true } : null),
    };
  }
}
