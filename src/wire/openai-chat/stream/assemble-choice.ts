import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { keepLast, keepText, newFields, type Fields } from './merge.ts';

/** Keys of a delta whose text comes in fragments. */
const TEXTS: ReadonlySet<string> = new Set(['content', 'refusal', 'reasoning', 'reasoning_content']);
/** Keys of a delta's `audio` whose text comes in fragments. */
const AUDIO_TEXTS: ReadonlySet<string> = new Set(['data', 'transcript']);
/** Keys of a call's `function` or `custom` whose text comes in fragments. */
const CALL_TEXTS: ReadonlySet<string> = new Set(['name', 'arguments', 'input']);
/** Keys of a choice that are handled separately, or copies of the delta that some servers add. */
const NOT_KEPT: ReadonlySet<string> = new Set(['index', 'finish_reason', 'delta', 'message']);

/** Assembles one choice of a completion from canonical chunks. */
export class AssembledChoice {
  readonly index: number;
  readonly #fields: Fields = newFields();
  readonly #message: Fields = newFields();
  /** By index, which only streams have. */
  readonly #calls: Fields[] = [];
  #legacy: Fields | null = null;
  #audio: Fields | null = null;
  #logprobs: Fields | null = null;
  #finish: unknown = null;

  constructor(index: number) {
    this.index = index;
  }

  /** Adds the choice of one chunk. */
  take(choice: JsonObject): void {
    for (const key in choice) {
      if (key === 'logprobs') this.#takeLogprobs(choice[key]);
      else if (!NOT_KEPT.has(key)) keepLast(this.#fields, key, choice[key]);
    }
    this.#takeDelta(choice['delta'] as JsonObject);
    this.#finish = choice['finish_reason'] ?? this.#finish;
  }

  /** The choice in its unary form. `refusal` and `logprobs` are required there, null where there is none. */
  value(): object {
    const { role, content, ...others } = this.#message;
    const message = {
      role: role ?? 'assistant',
      content: content ?? null,
      refusal: null,
      ...others,
      ...(this.#calls.length === 0 ? null : { tool_calls: this.#calls }),
      ...(this.#legacy === null ? null : { function_call: this.#legacy }),
      ...(this.#audio === null ? null : { audio: this.#audio }),
    };
    return {
      index: this.index,
      message,
      logprobs: this.#logprobs,
      finish_reason: this.#finish,
      ...this.#fields,
    };
  }

  #takeDelta(delta: JsonObject): void {
    for (const key in delta) {
      const value = delta[key];
      if (TEXTS.has(key)) keepText(this.#message, key, value);
      else if (key === 'tool_calls' && Array.isArray(value)) {
        for (const call of value as readonly JsonObject[]) this.#takeCall(call);
      } else if (key === 'function_call' && isJsonObject(value)) {
        keepPieces((this.#legacy ??= newFields()), value, CALL_TEXTS);
      } else if (key === 'audio' && isJsonObject(value)) {
        // Audio comes in fragments; the last one may hold only its expiry time (wire case 38).
        keepPieces((this.#audio ??= newFields()), value, AUDIO_TEXTS);
      } else keepLast(this.#message, key, value);
    }
  }

  #takeCall({ index, function: called, custom, ...others }: JsonObject): void {
    const call = (this.#calls[index as number] ??= newFields());
    for (const key in others) keepLast(call, key, others[key]);
    const [kind, payload] = isJsonObject(custom) ? ['custom', custom] : ['function', called as JsonObject];
    const fields = (call[kind] ??= newFields()) as Fields;
    keepPieces(fields, payload, CALL_TEXTS);
  }

  /** Lists of tokens, concatenated (wire case 37). */
  #takeLogprobs(value: unknown): void {
    if (!isJsonObject(value)) return;
    const fields = (this.#logprobs ??= newFields());
    for (const key in value) keepLast(fields, key, value[key]);
  }
}

function keepPieces(fields: Fields, value: JsonObject, texts: ReadonlySet<string>): void {
  for (const key in value) {
    if (texts.has(key)) keepText(fields, key, value[key]);
    else keepLast(fields, key, value[key]);
  }
}
