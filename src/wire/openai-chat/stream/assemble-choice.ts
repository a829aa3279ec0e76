import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { hasFinished } from './chunk.ts';
import { keepFirst, keepLast, keepText, newFields, type Fields } from './merge.ts';
import { GrowingCalls, type GrowingCall } from './tool-deltas.ts';

/** Keys of a delta that are text in pieces. */
const TEXTS: ReadonlySet<string> = new Set(['content', 'refusal', 'reasoning', 'reasoning_content']);
/** Keys of a delta's `audio` that are text in pieces. */
const AUDIO_TEXTS: ReadonlySet<string> = new Set(['data', 'transcript']);

/** One choice of a stream on its way to being one of a completion. */
export class AssembledChoice {
  readonly index: number;
  readonly #fields: Fields = newFields();
  readonly #message: Fields = newFields();
  readonly #calls = new GrowingCalls();
  #legacy: Fields | null = null;
  #audio: Fields | null = null;
  #logprobs: Fields | null | undefined = undefined;
  #finish: unknown = null;

  constructor(index: number) {
    this.index = index;
  }

  /** Has it had its finish reason? */
  get hasFinished(): boolean {
    return this.#finish !== null;
  }

  /** Takes in the choice of one chunk. */
  take(choice: JsonObject): void {
    for (const key in choice) {
      const value = choice[key];
      if (key === 'delta' || key === 'message') {
        if (isJsonObject(value)) this.#takeDelta(value);
      } else if (key === 'logprobs') this.#takeLogprobs(value);
      else if (key !== 'index' && key !== 'finish_reason') keepLast(this.#fields, key, value);
    }
    if (hasFinished(choice)) this.#finish = choice['finish_reason'];
  }

  /** The choice as it stands in a completion. */
  value(): object {
    const { role, content, ...others } = this.#message;
    const calls = this.#calls.list;
    const message = {
      role: role ?? 'assistant',
      content: content ?? null,
      ...others,
      ...(calls.length === 0 ? null : { tool_calls: calls.map(writeCall) }),
      ...(this.#legacy === null ? null : { function_call: { ...this.#legacy } }),
      ...(this.#audio === null ? null : { audio: { ...this.#audio } }),
    };
    return {
      index: this.index,
      message,
      ...(this.#logprobs === undefined ? null : { logprobs: this.#logprobs }),
      finish_reason: this.#finish,
      ...this.#fields,
    };
  }

  #takeDelta(delta: JsonObject): void {
    for (const key in delta) {
      const value = delta[key];
      if (TEXTS.has(key)) keepText(this.#message, key, value);
      else if (key === 'tool_calls') {
        if (Array.isArray(value)) this.#calls.addAll(value);
      } else if (key === 'function_call' && isJsonObject(value)) {
        this.#legacy ??= newFields();
        keepText(this.#legacy, 'arguments', value['arguments'] ?? '');
        keepFirst(this.#legacy, 'name', value['name'] ?? '');
      } else if (key === 'audio' && isJsonObject(value)) this.#takeAudio(value);
      else keepLast(this.#message, key, value);
    }
  }

  /** Recordings come in pieces; the last one may hold nothing but when they expire (wire case 38). */
  #takeAudio(audio: JsonObject): void {
    const fields = (this.#audio ??= newFields());
    for (const key in audio) {
      if (AUDIO_TEXTS.has(key)) keepText(fields, key, audio[key]);
      else keepLast(fields, key, audio[key]);
    }
  }

  /** Lists of tokens, one behind the other (wire case 37). */
  #takeLogprobs(value: unknown): void {
    if (!isJsonObject(value)) {
      this.#logprobs ??= null;
      return;
    }
    const fields = (this.#logprobs ??= newFields());
    for (const key in value) keepLast(fields, key, value[key]);
  }
}

/** A call without its number, which only streams have. */
function writeCall({ id, name, arguments: text, extra }: GrowingCall): object {
  return { id, type: 'function', ...extra, function: { name, arguments: text } };
}
