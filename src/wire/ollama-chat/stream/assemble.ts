import type { StreamAssembler } from '../../codec.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { carriesContent, readLine } from './normalize.ts';

/**
 * Assembles a stream into the whole reply, as Ollama itself does: text and calls of all lines, the rest from the last
 * one. Log probabilities are joined, too.
 */
export class OllamaChatAssembler implements StreamAssembler {
  hasContent = false;
  finished = false;
  #last: JsonObject = {};
  #message: JsonObject = {};
  #thinking = '';
  #content = '';
  readonly #calls: unknown[] = [];
  readonly #logprobs: unknown[] = [];

  /** The last line ends the stream. */
  get ended(): boolean {
    return this.finished;
  }

  take(data: string): void {
    if (this.finished) return;
    const line = readLine(Buffer.from(data));
    const { value, thinking, content, done } = line;
    const { message, logprobs } = value;
    this.#last = { ...this.#last, ...value };
    if (isJsonObject(message)) {
      this.#message = { ...this.#message, ...message };
      if (Array.isArray(message['tool_calls'])) this.#calls.push(...(message['tool_calls'] as unknown[]));
    }
    this.#thinking += thinking;
    this.#content += content;
    if (Array.isArray(logprobs)) this.#logprobs.push(...(logprobs as unknown[]));
    this.hasContent ||= done || carriesContent(line);
    this.finished = done;
  }

  body(): Buffer {
    const message = {
      ...this.#message,
      content: this.#content,
      ...(this.#thinking === '' ? null : { thinking: this.#thinking }),
      ...(this.#calls.length === 0 ? null : { tool_calls: this.#calls }),
    };
    const logprobs = this.#logprobs.length === 0 ? null : { logprobs: this.#logprobs };
    return Buffer.from(JSON.stringify({ ...this.#last, message, ...logprobs }));
  }
}
