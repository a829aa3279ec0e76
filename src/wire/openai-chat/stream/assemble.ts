import type { StreamAssembler } from '../../codec.ts';
import { WireFault } from '../../exchange.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import type { SseFields } from '../../framing/sse.ts';
import { AssembledChoice } from './assemble-choice.ts';
import { isDone, parseChunk } from './chunk-error.ts';
import { choicesOf } from './chunk.ts';
import { keepFirst, keepLast, newFields, type Fields } from './merge.ts';

/** Change from chunk to chunk on some servers; the reply has one of each (wire case 28). */
const FIRST_COUNTS: ReadonlySet<string> = new Set(['id', 'created', 'model']);

/** Written anew, or random padding that means nothing (wire case 35). */
const NOT_KEPT: ReadonlySet<string> = new Set(['object', 'choices', 'obfuscation']);

/**
 * Puts the chunks of a stream together into the completion that the same server would have given at once: every
 * choice, every key, those that are not known too.
 */
export class OpenAiAssembler implements StreamAssembler {
  readonly #fields: Fields = newFields();
  readonly #choices = new Map<number, AssembledChoice>();
  #whole = false;

  get whole(): boolean {
    return this.#whole;
  }

  take(fields: SseFields): void {
    const { data } = fields;
    if (this.#whole || data === null) return;
    if (isDone(data)) {
      this.#requireFinish();
      this.#whole = true;
      return;
    }
    this.#takeChunk(parseChunk(fields, data));
  }

  body(): Buffer {
    this.#requireFinish();
    const choices = [...this.#choices.values()].sort((one, other) => one.index - other.index);
    const { id, ...others } = this.#fields;
    const head = id === undefined ? {} : { id };
    const completion = {
      ...head,
      object: 'chat.completion',
      ...others,
      choices: choices.map((choice) => choice.value()),
      ...this.#groqUsage(),
    };
    return Buffer.from(JSON.stringify(completion));
  }

  #takeChunk(chunk: JsonObject): void {
    for (const key in chunk) {
      if (NOT_KEPT.has(key)) continue;
      if (FIRST_COUNTS.has(key)) keepFirst(this.#fields, key, chunk[key]);
      else keepLast(this.#fields, key, chunk[key]);
    }
    const choices = choicesOf(chunk);
    for (let position = 0; position < choices.length; position += 1) {
      const choice = choices[position];
      if (!isJsonObject(choice)) continue;
      const index = typeof choice['index'] === 'number' ? choice['index'] : position;
      let assembled = this.#choices.get(index);
      if (assembled === undefined) {
        assembled = new AssembledChoice(index);
        this.#choices.set(index, assembled);
      }
      assembled.take(choice);
    }
  }

  /** Groq tells a stream's usage in its own key, and a whole reply's where all do (wire case 43). */
  #groqUsage(): object {
    const { usage, x_groq: groq } = this.#fields;
    if (isJsonObject(usage) || !isJsonObject(groq) || !isJsonObject(groq['usage'])) return {};
    return { usage: groq['usage'] };
  }

  /** Whole is a reply each of whose choices has had its finish reason (DESIGN section 8). */
  #requireFinish(): void {
    const choices = [...this.#choices.values()];
    if (choices.length > 0 && choices.every((choice) => choice.hasFinished)) return;
    throw new WireFault('cut', 'the stream ended without a finish reason');
  }
}
