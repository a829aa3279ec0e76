import type { Warning } from '../../protocol/wire.ts';
import type { Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { fieldValue, lastField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import { BodyPatch } from '../json/patch.ts';
import type { MessagesDialect } from './dialect.ts';
import { isEffort } from './decode-reasoning.ts';

/** Sent where neither the client nor the catalogue names a limit: the Messages API demands one. */
const ASSUMED_MAX_TOKENS = 4096;

/** From this version on the API refuses `temperature`, `top_p` and `top_k` whatever the model (wire case 103). */
const WITHOUT_SAMPLING = '2026-10-21';

const SAMPLING: readonly string[] = ['temperature', 'top_p', 'top_k'];

/** What a default may never set: the request itself, and how its reply is brought back. */
const NO_DEFAULTS: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/**
 * The patch that one target needs on a client's Messages body. What the client wrote stays as it is, sampling that the
 * model refuses included: on its own wire the body is the client's business, and the upstream's own words tell it what
 * is wrong (DESIGN section 7; wire-formats 1.1). Only defaults are fitted to the model.
 */
export class MessagesPatch {
  readonly warnings: Warning[] = [];
  readonly #request: ScannedRequest;
  readonly #target: TargetRequest;
  readonly #patch: BodyPatch;

  constructor(request: ScannedRequest, target: TargetRequest) {
    this.#request = request;
    this.#target = target;
    this.#patch = new BodyPatch(request.body, request.fields);
  }

  /** A whole reply that is put together from a stream must be asked for as one. */
  run(dialect: MessagesDialect): void {
    const { modelId } = this.#target;
    const { facts } = this.#request;
    if (facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    if (dialect.unaryAsStream && !facts.stream) this.#patch.set('stream', 'true');
    this.#setLimit();
    for (const [name, value] of Object.entries(this.#target.params)) {
      if (value !== null && value !== undefined && !NO_DEFAULTS.has(name)) this.#addDefault(name, value);
    }
  }

  get body(): Body {
    return this.#patch.apply();
  }

  /** The API demands a limit: the default's, else the model's own, else a guess that is told (wire case 101). */
  #setLimit(): void {
    if (this.#isSent('max_tokens')) return;
    const { params, maxOutputTokens, rules } = this.#target;
    const limit = params['max_completion_tokens'] ?? params['max_tokens'];
    const known = typeof limit === 'number' ? limit : (maxOutputTokens ?? rules?.maxOutputTokens ?? null);
    if (known === null)
      this.warnings.push({ code: 'max_tokens_assumed', detail: String(ASSUMED_MAX_TOKENS) });
    this.#patch.set('max_tokens', JSON.stringify(known ?? ASSUMED_MAX_TOKENS));
  }

  /** One default, in the words of OpenAI chat, for what the client left out; a key that it sent wins even as null. */
  #addDefault(name: string, value: unknown): void {
    switch (name) {
      case 'max_tokens':
      case 'max_completion_tokens':
        return;
      case 'temperature':
      case 'top_p':
      case 'top_k':
        this.#addSampling(name, value);
        return;
      case 'stop':
        this.#set('stop_sequences', Array.isArray(value) ? value : [value]);
        return;
      case 'user':
        this.#set('metadata', { user_id: value });
        return;
      case 'reasoning_effort':
        this.#addEffort(value);
        return;
      case 'service_tier':
        if (value === 'auto' || value === 'default') {
          this.#set('service_tier', value === 'auto' ? 'auto' : 'standard_only');
        } else this.#warn(name);
        return;
      default:
        this.#warn(name);
    }
  }

  /** `temperature` and `top_p` exclude each other, and thinking excludes both; newer models take neither (case 102). */
  #addSampling(name: string, value: unknown): void {
    if (this.#isSent(name)) return;
    const sampled = name !== 'top_k' && SAMPLING.some((other) => other !== 'top_k' && this.#isSent(other));
    const twice = name === 'top_p' && typeof this.#target.params['temperature'] === 'number';
    if (sampled) return;
    if (!this.#takesSampling() || this.#thinks() || twice) this.#warn(name);
    else if (name === 'temperature' && typeof value === 'number') this.#set(name, Math.min(value, 1));
    else this.#set(name, value);
  }

  #takesSampling(): boolean {
    const { rules, headers } = this.#target;
    const version = headers?.['anthropic-version'];
    return (version === undefined || version < WITHOUT_SAMPLING) && (rules?.sampling ?? true);
  }

  #thinks(): boolean {
    const thinking = fieldValue(this.#request.body, this.#request.fields, 'thinking');
    return isJsonObject(thinking) && thinking['type'] !== 'disabled';
  }

  /** Only as the word that newer models know; a budget is not made up. */
  #addEffort(value: unknown): void {
    if (this.#isSent('thinking') || this.#isSent('output_config')) return;
    const known = this.#target.rules?.efforts ?? [];
    if (isEffort(value) && known.some((effort) => effort === value)) {
      this.#set('output_config', { effort: value });
    } else this.#warn('reasoning_effort');
  }

  #set(name: string, value: unknown): void {
    if (!this.#isSent(name)) this.#patch.set(name, JSON.stringify(value));
  }

  #isSent(name: string): boolean {
    return lastField(this.#request.fields, name) !== null;
  }

  #warn(name: string): void {
    this.warnings.push({ code: 'parameter_dropped', detail: name });
  }
}
