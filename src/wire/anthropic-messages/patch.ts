import type { Warning } from '../../protocol/wire.ts';
import type { AddedField, Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { fieldValue, lastField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import { BodyPatch } from '../json/patch.ts';
import type { ArgumentKeys } from '../chat/tools/argument-keys.ts';
import { AddedFields } from '../added-fields.ts';
import { WarningList } from '../warning-list.ts';
import type { MessagesDialect } from './dialect.ts';
import { isEffort } from './decode/reasoning.ts';
import { fitTools } from './fit-tools.ts';
import { encodeLimit, encodeParameters, READ_DEFAULTS, readDefaults } from './parameters.ts';
import { boundedFields } from './request-bounds.ts';

/** Fields that a default must never set: the request itself, and how its reply is transferred. */
const NO_DEFAULTS: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/**
 * The patch of a client's Messages body for one target. Fields that the client sent stay unchanged, even sampling
 * parameters that the model rejects: on its own wire the client gets the upstream's error. Only what exceeds a bound of
 * the target is lowered (`request-bounds.ts`), and defaults are adapted to the model, by the same rules as translated
 * requests.
 */
export class MessagesPatch {
  readonly #request: ScannedRequest;
  readonly #target: TargetRequest;
  readonly #patch: BodyPatch;
  readonly #warnings = new WarningList();
  readonly #added: AddedFields;
  /** Changed property names, which the reply's calls get back; null: none (wire case 72). */
  argumentKeys: ArgumentKeys | null = null;

  constructor(request: ScannedRequest, target: TargetRequest) {
    this.#request = request;
    this.#target = target;
    this.#patch = new BodyPatch(request.body, request.fields);
    this.#added = new AddedFields(target);
  }

  /** Applies all edits. With `unaryAsStream`, a unary request becomes a streaming one. */
  run(dialect: MessagesDialect): void {
    const { modelId, params } = this.#target;
    const { facts } = this.#request;
    if (facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    if (dialect.unaryAsStream && !facts.stream) this.#patch.set('stream', 'true');
    for (const [name, value] of boundedFields(this.#request, this.#target, this.#warnings))
      this.#patch.set(name, JSON.stringify(value));
    this.#addParameters();
    this.#addEffort(params['reasoning_effort'] ?? null);
    this.argumentKeys = fitTools(this.#request, this.#patch, this.#warnings);
    for (const [name, value] of Object.entries(params)) {
      const isKnown = READ_DEFAULTS.has(name) || NO_DEFAULTS.has(name) || name === 'reasoning_effort';
      if (!isKnown && value !== null && value !== undefined) this.#warnings.dropped(name);
    }
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

  /** Adds defaults for missing fields; a key that the client sent, even as null, overrides the default. */
  #addParameters(): void {
    const defaults = readDefaults(this.#target.params);
    if (!this.#isSent('max_tokens')) {
      this.#set('max_tokens', encodeLimit(defaults.maxOutputTokens, this.#target, this.#warnings));
    }
    // `temperature` and `top_p` exclude each other, so either one from the client suppresses both defaults.
    const isSampled = this.#isSent('temperature') || this.#isSent('top_p');
    const parameters = {
      ...defaults,
      ...(isSampled ? { temperature: null, topP: null } : null),
      ...(this.#isSent('top_k') ? { topK: null } : null),
      ...(this.#isSent('stop_sequences') ? { stop: [] } : null),
    };
    const fields = encodeParameters(parameters, this.#target, this.#thinks(), this.#warnings);
    for (const [name, value] of Object.entries(fields)) this.#set(name, value);
  }

  #thinks(): boolean {
    const thinking = fieldValue(this.#request.body, this.#request.fields, 'thinking');
    return isJsonObject(thinking) && thinking['type'] !== 'disabled';
  }

  /** Only as an effort, which newer models support; it is not converted to a budget. */
  #addEffort(value: unknown): void {
    if (value === null || this.#isSent('thinking') || this.#isSent('output_config')) return;
    const known = this.#target.rules?.efforts ?? [];
    if (isEffort(value) && known.some((effort) => effort === value)) {
      this.#set('output_config', { effort: value });
    } else this.#warnings.dropped('reasoning_effort');
  }

  /** The limit is required, so it is never left out. */
  #set(name: string, value: unknown): void {
    if (this.#isSent(name)) return;
    const isRequired = name === 'max_tokens';
    if (!isRequired && this.#added.isWithheld(name)) {
      this.#warnings.dropped(name);
      return;
    }
    this.#patch.set(name, JSON.stringify(value));
    if (!isRequired) this.#added.note(name);
  }

  #isSent(name: string): boolean {
    return lastField(this.#request.fields, name) !== null;
  }
}
