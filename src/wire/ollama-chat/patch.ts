import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import { AddedFields } from '../added-fields.ts';
import type { AddedField, Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { BodyPatch } from '../json/patch.ts';
import { fieldValue, lastField, scanFields, type JsonField } from '../json/scan.ts';
import { finiteNumber } from '../json/value.ts';
import { readEffort } from '../openai-chat/decode/format.ts';
import { largestLimit, lowerLimit } from '../output-limit.ts';
import { WarningList } from '../warning-list.ts';
import type { OllamaChatDialect } from './dialect.ts';
import { OLLAMA_EXTRA_NAMES } from './extra-names.ts';
import { NUM_PREDICT, OPTION_NAMES, OWN_OPTIONS } from './options.ts';
import { encodeThink } from './think.ts';

const OPTIONS = 'options';

/**
 * The patch of a client's own body for one target: the model's id, defaults for options that the client left out, and an
 * output limit that the target cannot give. Everything else stays as the client sent it, unknown options included.
 */
export class OllamaChatPatch {
  readonly #request: ScannedRequest;
  readonly #target: TargetRequest;
  readonly #patch: BodyPatch;
  readonly #warnings = new WarningList();
  readonly #added: AddedFields;

  constructor(request: ScannedRequest, target: TargetRequest) {
    this.#request = request;
    this.#target = target;
    this.#patch = new BodyPatch(request.body, request.fields);
    this.#added = new AddedFields(target);
  }

  /** Makes all edits. With `unaryAsStream`, a request for a whole reply becomes one for a stream. */
  run(dialect: OllamaChatDialect): void {
    const { facts } = this.#request;
    const { modelId } = this.#target;
    if (facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    if (dialect.unaryAsStream && !facts.stream) this.#patch.set('stream', 'true');
    const defaults = this.#defaults(dialect);
    if (defaults.size > 0 || lastField(this.#request.fields, OPTIONS) !== null) this.#setOptions(defaults);
  }

  get body(): Body {
    return this.#patch.apply();
  }

  get added(): readonly AddedField[] {
    return this.#added.all;
  }

  get warnings(): readonly Warning[] {
    return this.#warnings.all;
  }

  /** Sets the target's defaults at the top of the body; returns those of its options. */
  #defaults(dialect: OllamaChatDialect): ReadonlyMap<string, unknown> {
    const options = new Map<string, unknown>();
    const extras: Readonly<Record<string, string>> = OLLAMA_EXTRA_NAMES;
    for (const [name, value] of Object.entries(this.#target.params)) {
      if (value === null || value === undefined || UNSET.has(name)) continue;
      const place = extras[name] ?? name;
      const option = OPTION_NAMES[name] ?? (OWN_OPTIONS.has(name) ? name : optionOf(place));
      if (option !== null) options.set(option, this.#optionValue(option, value));
      else if (name === 'keep_alive') this.#setDefault(name, value);
      else if (name === 'reasoning_effort') this.#setEffort(value, dialect);
      else this.#warnings.dropped(name);
    }
    return options;
  }

  #setEffort(value: unknown, dialect: OllamaChatDialect): void {
    if (lastField(this.#request.fields, 'think') !== null) return;
    try {
      const reasoning = readEffort(value, 'reasoning_effort');
      const think = encodeThink(reasoning, this.#target, dialect, this.#warnings);
      if (think !== null) this.#setDefault('think', think);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#warnings.dropped('reasoning_effort');
    }
  }

  /** A key that the client sent, even as null, overrides the default. */
  #setDefault(name: string, value: unknown): void {
    if (lastField(this.#request.fields, name) !== null) return;
    if (this.#added.isWithheld(name)) {
      this.#warnings.dropped(name);
      return;
    }
    this.#patch.set(name, JSON.stringify(value));
    this.#added.note(name);
  }

  #setOptions(defaults: ReadonlyMap<string, unknown>): void {
    const sent = this.#sentOptions();
    if (sent === null) {
      // Null or another value that is no object: the server's to refuse, unless there is something to add.
      if (defaults.size === 0) return;
      this.#patch.set(OPTIONS, JSON.stringify(Object.fromEntries(defaults)));
      return;
    }
    const missing = [...defaults].filter(([name]) => lastField(sent.fields, name) === null);
    const edits = [...missing, ...this.#bounded(sent)];
    if (edits.length === 0) return;
    const patch = new BodyPatch(sent.bytes, sent.fields);
    for (const [name, value] of edits) patch.set(name, JSON.stringify(value));
    this.#patch.set(OPTIONS, Buffer.concat([patch.apply()].flat()).toString('utf8'));
  }

  /** A limit that the client sent and that is above the largest one (wire case 211). */
  #bounded({ bytes, fields }: SentOptions): readonly (readonly [string, unknown])[] {
    const sent = fieldValue(bytes, fields, NUM_PREDICT);
    const limit = this.#limit(sent);
    return limit === sent ? [] : [[NUM_PREDICT, limit]];
  }

  /** Ollama has only lists of stop sequences. */
  #optionValue(option: string, value: unknown): unknown {
    if (option === NUM_PREDICT) return this.#limit(value);
    return option === 'stop' && !Array.isArray(value) ? [value] : value;
  }

  #limit(value: unknown): unknown {
    const limit = finiteNumber(value);
    if (limit === null) return value;
    return lowerLimit(limit, largestLimit(this.#target), `options.${NUM_PREDICT}`, this.#warnings);
  }

  #sentOptions(): SentOptions | null {
    const { body, fields } = this.#request;
    const field = lastField(fields, OPTIONS);
    if (field === null) return null;
    const bytes = body.subarray(field.valueStart, field.valueEnd);
    return bytes[0] === OPENING_BRACE ? { bytes, fields: scanFields(bytes) } : null;
  }
}

const OPENING_BRACE = 0x7b;

/** The options of a client's body, with their byte ranges. */
interface SentOptions {
  readonly bytes: Buffer;
  readonly fields: readonly JsonField[];
}

/** Keys without defaults. */
const UNSET: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/** The option at a place such as `options.seed`; null: none. */
function optionOf(place: string): string | null {
  const [outer, option = null] = place.split('.', 2);
  return outer === OPTIONS ? option : null;
}
