import { WireFault } from '../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { requireNotAborted } from '../openai-chat/normalize/finish.ts';
import { requireNoError } from '../stream/stream-fault.ts';
import { readChunk } from '../openai-chat/stream/read-chunk.ts';

/**
 * Parses the data of one event other than the end mark; null for the `null` with which llama-server (b10434) begins the
 * stream of several prompts. Throws a `WireFault` as `readChunk` does.
 */
export function readCompletionChunk(data: string): JsonObject | null {
  return data.trim() === 'null' ? null : readChunk(data);
}

/** Tracks which choices of one stream have begun, and which have their finish reason. */
export class Choices {
  readonly #open = new Set<unknown>();
  #began = false;

  /** Does every choice that began have its finish reason? */
  get finished(): boolean {
    return this.#began && this.#open.size === 0;
  }

  /**
   * Takes the choices of one chunk; returns whether they hold text or a finish reason. Throws as `requireCompletion`
   * does.
   */
  take(choices: unknown): boolean {
    if (!Array.isArray(choices)) throw new WireFault('malformed', 'a chunk of the stream has no choices');
    let hasContent = false;
    for (const choice of choices as readonly unknown[]) {
      if (!isJsonObject(choice)) throw new WireFault('malformed', 'a choice of the stream is not an object');
      const { index, text, finish_reason: finish } = choice;
      requireCompletion(choice);
      this.#began = true;
      if (filledString(finish) === null) this.#open.add(index);
      else this.#open.delete(index);
      hasContent ||= filledString(text) !== null || filledString(finish) !== null;
    }
    return hasContent;
  }
}

/**
 * Requires a choice of a completion that its server did not abort. Throws a `WireFault`: `malformed` for a choice of a
 * chat, whose text no client of completions would find, `error_event` for an error inside it, and `cut`.
 */
export function requireCompletion(choice: JsonObject): void {
  const { text, delta, message, finish_reason: finish } = choice;
  requireNoError(choice);
  if (typeof text !== 'string' && (isJsonObject(delta) || isJsonObject(message))) {
    throw new WireFault('malformed', 'the reply is a chat completion');
  }
  requireNotAborted(finish);
}
