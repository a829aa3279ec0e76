import type { StreamAssembler } from '../../codec.ts';
import type { JsonObject } from '../../json/value.ts';
import type { MutableJson } from '../normalize/context.ts';
import { normalizeChunk } from '../normalize/rules.ts';
import { StreamState } from '../normalize/state.ts';
import { AssembledChoice } from './assemble-choice.ts';
import { carriesContent, choicesOf } from './chunk.ts';
import { keepFirst, keepLast, newFields, type Fields } from './merge.ts';
import { doneTooSoon, isDone, readChunk } from './read-chunk.ts';

/** Keys that change between chunks on some servers; the reply has the first value of each (wire case 28). */
const FIRST_COUNTS: ReadonlySet<string> = new Set(['id', 'created', 'model']);

/** Keys that are written below, and meaningless random padding (wire case 35). */
const NOT_KEPT: ReadonlySet<string> = new Set(['object', 'choices', 'obfuscation']);

/**
 * Assembles the chunks of a stream into the completion that the same server would have returned unstreamed: every
 * choice and every key, including unknown ones.
 */
export class OpenAiAssembler implements StreamAssembler {
  hasContent = false;
  readonly #stream = new StreamState();
  readonly #fields: Fields = newFields();
  readonly #choices = new Map<number, AssembledChoice>();
  #ended = false;

  get finished(): boolean {
    return this.#stream.whole;
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(data: string): void {
    if (this.#ended) return;
    if (!isDone(data)) this.#takeChunk(readChunk(data));
    else if (this.finished) this.#ended = true;
    else throw doneTooSoon();
  }

  body(): Buffer {
    const choices = [...this.#choices.values()].sort((one, other) => one.index - other.index);
    const { id, usage, ...others } = this.#fields;
    const head = id === undefined ? {} : { id };
    // The last counts, wherever they were in the stream (wire cases 43, 44).
    const counts = this.#stream.usage ?? usage;
    const completion = {
      ...head,
      object: 'chat.completion',
      ...others,
      choices: choices.map((choice) => choice.value()),
      ...(counts === undefined ? {} : { usage: counts }),
    };
    return Buffer.from(JSON.stringify(completion));
  }

  #takeChunk(chunk: MutableJson): void {
    normalizeChunk(chunk, this.#stream);
    this.hasContent ||= choicesOf(chunk).some(carriesContent);
    for (const key in chunk) {
      if (NOT_KEPT.has(key)) continue;
      if (FIRST_COUNTS.has(key)) keepFirst(this.#fields, key, chunk[key]);
      else keepLast(this.#fields, key, chunk[key]);
    }
    for (const choice of chunk['choices'] as readonly JsonObject[]) this.#choiceOf(choice).take(choice);
  }

  #choiceOf({ index }: JsonObject): AssembledChoice {
    let assembled = this.#choices.get(index as number);
    if (assembled === undefined) {
      assembled = new AssembledChoice(index as number);
      this.#choices.set(assembled.index, assembled);
    }
    return assembled;
  }
}
