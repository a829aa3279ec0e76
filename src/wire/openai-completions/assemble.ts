import type { StreamAssembler } from '../codec.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import { keepFirst, keepLast, keepText, newFields, type Fields } from '../openai-chat/stream/merge.ts';
import { doneTooSoon, isDone } from '../openai-chat/stream/read-chunk.ts';
import { Choices, readCompletionChunk } from './choices.ts';

/** Assembles the chunks of a stream into the completion that the same server would have returned unstreamed. */
export class CompletionsAssembler implements StreamAssembler {
  hasContent = false;
  readonly #choices = new Choices();
  readonly #fields: Fields = newFields();
  /** By index. */
  readonly #texts = new Map<unknown, Fields>();
  #ended = false;

  get finished(): boolean {
    return this.#choices.finished;
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(data: string): void {
    if (this.#ended) return;
    if (isDone(data)) {
      if (!this.finished) throw doneTooSoon();
      this.#ended = true;
      return;
    }
    const chunk = readCompletionChunk(data);
    if (chunk === null) return;
    const { choices, ...others } = chunk;
    if (this.#choices.take(choices)) this.hasContent = true;
    for (const [key, value] of Object.entries(others)) {
      if (key === 'usage') keepLast(this.#fields, key, value);
      else keepFirst(this.#fields, key, value);
    }
    for (const choice of choices as readonly JsonObject[]) this.#takeChoice(choice);
  }

  body(): Buffer {
    const choices = [...this.#texts.values()].sort(
      (one, other) => Number(one['index']) - Number(other['index']),
    );
    return Buffer.from(JSON.stringify({ ...this.#fields, choices }));
  }

  #takeChoice(choice: JsonObject): void {
    const { index } = choice;
    let fields = this.#texts.get(index);
    if (fields === undefined) this.#texts.set(index, (fields = newFields()));
    for (const [key, value] of Object.entries(choice)) {
      if (key === 'text') keepText(fields, key, value);
      else if (key === 'logprobs' && isJsonObject(value)) {
        fields[key] = merged(isJsonObject(fields[key]) ? fields[key] : {}, value);
      } else keepLast(fields, key, value);
    }
  }
}

/** Log probabilities are lists; each chunk contains a fragment. */
function merged(before: JsonObject, piece: JsonObject): Fields {
  const fields: Fields = { ...before };
  for (const [key, value] of Object.entries(piece)) keepLast(fields, key, value);
  return fields;
}
