import type { Warning } from '../../protocol/wire.ts';
import type { Body, TargetRequest, UpstreamDialect } from '../exchange.ts';
import { fieldValue, lastField } from '../json-scan.ts';
import { isJsonObject } from '../json-value.ts';
import { BodyPatch } from '../patch.ts';
import type { OpenAiChatRequest } from './request.ts';

/** What a default may never set: the request itself, and how its reply is brought back. */
const NO_DEFAULTS: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'stream_options']);

/** The two names of the output limit are one parameter; where both are there the newer one wins (wire case 81). */
const OLDER_LIMIT = 'max_tokens';
const NEWER_LIMIT = 'max_completion_tokens';

/** The patch that one target needs on a client's body, rule by rule (DESIGN section 7, Patch). */
export class RequestEdit {
  readonly warnings: Warning[] = [];
  /** The client itself asked for a stream's usage. */
  clientAskedUsage = false;
  /** How many choices go out as `n`. */
  choices = 1;
  readonly #request: OpenAiChatRequest;
  readonly #dialect: UpstreamDialect;
  readonly #target: TargetRequest;
  readonly #patch: BodyPatch;

  constructor(request: OpenAiChatRequest, dialect: UpstreamDialect, target: TargetRequest) {
    this.#request = request;
    this.#dialect = dialect;
    this.#target = target;
    this.#patch = new BodyPatch(request.body, request.fields);
  }

  run(): void {
    const { modelId } = this.#target;
    if (this.#request.facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    this.#setLimit();
    this.#addDefaults();
    this.#rename();
    this.#removeRefused();
    this.#setStreamOptions();
    this.#countChoices();
  }

  get body(): Body {
    return this.#patch.apply();
  }

  /** Exactly one output limit goes out, under the name that the upstream knows. */
  #setLimit(): void {
    const { params } = this.#target;
    const older = this.#isSent(OLDER_LIMIT);
    const newer = this.#isSent(NEWER_LIMIT);
    if (!older && !newer) {
      if (isGiven(params[NEWER_LIMIT])) this.#addDefault(NEWER_LIMIT, params[NEWER_LIMIT]);
      else if (isGiven(params[OLDER_LIMIT])) this.#addDefault(OLDER_LIMIT, params[OLDER_LIMIT]);
      return;
    }
    const winner = newer && !(older && this.#isNull(NEWER_LIMIT)) ? NEWER_LIMIT : OLDER_LIMIT;
    if (older && newer) this.#patch.remove(winner === NEWER_LIMIT ? OLDER_LIMIT : NEWER_LIMIT);
    const name = this.#outgoing(winner);
    if (name !== winner) this.#patch.rename(winner, name);
  }

  /** Defaults for what the client left out; a key that it sent wins even as null (DESIGN section 3). */
  #addDefaults(): void {
    for (const [name, value] of Object.entries(this.#target.params)) {
      if (isLimit(name) || NO_DEFAULTS.has(name) || !isGiven(value)) continue;
      if (!this.#isSent(name) && !this.#isSent(this.#outgoing(name))) this.#addDefault(name, value);
    }
  }

  #addDefault(name: string, value: unknown): void {
    const outgoing = this.#outgoing(name);
    if (this.#dialect.refuses.includes(outgoing)) this.#warn(name);
    else this.#patch.set(outgoing, JSON.stringify(value));
  }

  #rename(): void {
    for (const [from, to] of Object.entries(this.#dialect.renames)) {
      if (isLimit(from) || !this.#isSent(from)) continue;
      if (!this.#isSent(to)) {
        this.#patch.rename(from, to);
      } else {
        this.#patch.remove(from);
        this.#warn(from);
      }
    }
  }

  #removeRefused(): void {
    for (const name of this.#dialect.refuses) {
      if (!this.#isSent(name) || this.#outgoing(name) !== name) continue;
      if (!this.#isNull(name)) this.#warn(name);
      this.#patch.remove(name);
    }
  }

  /** Asks for a stream's usage where the client did not and the upstream can tell it (wire cases 40, 41, 94). */
  #setStreamOptions(): void {
    const name = 'stream_options';
    const { body, fields, facts } = this.#request;
    if (!facts.stream) {
      this.#patch.remove(name);
      return;
    }
    const options = fieldValue(body, fields, name) ?? {};
    this.clientAskedUsage = isJsonObject(options) && options['include_usage'] === true;
    const { streamUsage, refuses } = this.#dialect;
    if (this.clientAskedUsage || !streamUsage || refuses.includes(name) || !isJsonObject(options)) return;
    this.#patch.set(name, JSON.stringify({ ...options, include_usage: true }));
  }

  #countChoices(): void {
    const { body, fields } = this.#request;
    const n = this.#isSent('n') ? fieldValue(body, fields, 'n') : this.#target.params['n'];
    if (typeof n === 'number') this.choices = n;
  }

  /** The name under which the upstream knows a key. */
  #outgoing(name: string): string {
    const { renames } = this.#dialect;
    return Object.hasOwn(renames, name) ? (renames[name] ?? name) : name;
  }

  #isSent(name: string): boolean {
    return lastField(this.#request.fields, name) !== null;
  }

  #isNull(name: string): boolean {
    const field = lastField(this.#request.fields, name);
    return field !== null && this.#request.body[field.valueStart] === 0x6e;
  }

  #warn(name: string): void {
    this.warnings.push({ code: 'parameter_dropped', detail: name });
  }
}

function isLimit(name: string): boolean {
  return name === OLDER_LIMIT || name === NEWER_LIMIT;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
