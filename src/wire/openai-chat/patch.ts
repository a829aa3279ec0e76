import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import type { Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { fieldValue, lastField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import { BodyPatch } from '../json/patch.ts';
import { hasStrictTool } from './strict-tools.ts';
import { developerRoles, messageKeys } from './message-ranges.ts';
import type { UsageWish } from './normalize/state.ts';
import type { OpenAiChatDialect, OpenAiQuirks } from './dialect.ts';
import { RequestBounds } from './request-bounds.ts';
import {
  isAllowedDefault,
  isGiven,
  isLimit,
  MAX_COMPLETION_TOKENS,
  MAX_TOKENS,
  outgoingName,
  refusedNames,
  supportsStreamUsage,
} from './request-rules.ts';

/** The patch that one target needs on a client's body, rule by rule. */
export class RequestPatch {
  readonly warnings: Warning[] = [];
  /** How the client wants a stream's usage. */
  usageWish: UsageWish = 'hidden';
  /** The `n` that goes out. */
  choices = 1;
  readonly #request: ScannedRequest;
  readonly #dialect: OpenAiChatDialect;
  readonly #target: TargetRequest;
  readonly #quirks: OpenAiQuirks;
  readonly #patch: BodyPatch;
  /** Under the upstream's names. */
  readonly #refused: readonly string[];
  readonly #bounds: RequestBounds;

  constructor(request: ScannedRequest, dialect: OpenAiChatDialect, target: TargetRequest) {
    this.#request = request;
    this.#dialect = dialect;
    this.#target = target;
    this.#quirks = dialect.quirks;
    this.#patch = new BodyPatch(request.body, request.fields);
    this.#refused = refusedNames(dialect, target.modelId);
    this.#bounds = new RequestBounds(dialect, target, this.warnings);
  }

  run(): void {
    const { modelId } = this.#target;
    if (this.#request.facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    this.#setLimit();
    this.#addDefaults();
    this.#rename();
    this.#removeRefused();
    this.#shortenStops();
    this.#removeOtherValues();
    this.#keepOneOf();
    this.#setStreamOptions();
    this.#countChoices();
    this.#renameRoles();
    this.#removeMessageKeys();
    this.#warnOfLooseTools();
  }

  get body(): Body {
    return this.#patch.apply();
  }

  /** Exactly one output limit goes out, under the name that the upstream knows. */
  #setLimit(): void {
    const { params } = this.#target;
    const older = this.#isSent(MAX_TOKENS);
    const newer = this.#isSent(MAX_COMPLETION_TOKENS);
    if (!older && !newer) {
      const name = isGiven(params[MAX_COMPLETION_TOKENS]) ? MAX_COMPLETION_TOKENS : MAX_TOKENS;
      if (isGiven(params[name])) this.#addDefault(name, this.#bounds.limit(params[name], name));
      return;
    }
    const winner =
      newer && !(older && this.#isNull(MAX_COMPLETION_TOKENS)) ? MAX_COMPLETION_TOKENS : MAX_TOKENS;
    if (older && newer)
      this.#patch.remove(winner === MAX_COMPLETION_TOKENS ? MAX_TOKENS : MAX_COMPLETION_TOKENS);
    this.#lower(winner);
    const name = this.#outgoing(winner);
    if (name !== winner) this.#patch.rename(winner, name);
  }

  /** Lowers the client's limit to what model and window allow (wire case 211). */
  #lower(name: string): void {
    const { body, fields, facts } = this.#request;
    if (facts.maxOutputTokens === null || facts.maxOutputTokens <= this.#bounds.largest) return;
    const sent = fieldValue(body, fields, name);
    const limit = this.#bounds.limit(sent, name);
    if (limit !== sent) this.#patch.set(name, JSON.stringify(limit));
  }

  /** Sends no more stop sequences than the server accepts (wire case 212). */
  #shortenStops(): void {
    if (!this.#isSent('stop') || this.#refused.includes('stop')) return;
    const sent = fieldValue(this.#request.body, this.#request.fields, 'stop');
    const kept = this.#bounds.stops(sent);
    if (kept !== sent) this.#patch.set('stop', JSON.stringify(kept));
  }

  /** Adds defaults for keys that the client did not send; a key that it sent as null has no default. */
  #addDefaults(): void {
    for (const [name, value] of Object.entries(this.#target.params)) {
      if (isLimit(name) || !isAllowedDefault(name, value)) continue;
      if (!this.#isSent(name) && !this.#isSent(this.#outgoing(name)))
        this.#addDefault(name, name === 'stop' ? this.#bounds.stops(value) : value);
    }
  }

  #addDefault(name: string, value: unknown): void {
    const outgoing = this.#outgoing(name);
    if (this.#refused.includes(outgoing) || this.#isOtherValue(outgoing, value)) this.#warn(name);
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
    for (const name of this.#refused) {
      if (!this.#isSent(name) || this.#outgoing(name) !== name) continue;
      if (!this.#isNull(name)) this.#warn(name);
      this.#patch.remove(name);
    }
  }

  /**
   * Requests the usage of a stream if the client did not and the upstream can report it (wire cases 40, 41, 94), and
   * requests a stream for unary requests to servers that only cancel streams promptly.
   */
  #setStreamOptions(): void {
    const name = 'stream_options';
    const { body, fields, facts } = this.#request;
    if (!facts.stream && !this.#dialect.unaryAsStream) {
      this.#patch.remove(name);
      return;
    }
    if (!facts.stream) this.#patch.set('stream', 'true');
    const options = (facts.stream ? fieldValue(body, fields, name) : null) ?? {};
    if (isJsonObject(options) && options['include_usage'] === true) {
      this.usageWish = options['continuous_usage_stats'] === true ? 'as sent' : 'once';
      return;
    }
    if (!facts.stream) this.#patch.remove(name);
    if (!supportsStreamUsage(this.#dialect) || !isJsonObject(options)) return;
    this.#patch.set(name, JSON.stringify({ ...options, include_usage: true }));
  }

  /** Throws `unsupported_parameter` for several choices when the upstream would reject or ignore `n`. */
  #countChoices(): void {
    const { body, fields } = this.#request;
    const n = this.#isSent('n') ? fieldValue(body, fields, 'n') : this.#target.params['n'];
    if (typeof n !== 'number') return;
    this.choices = n;
    if (n > 1 && this.#quirks.oneChoice === true) {
      const message = `'n' must be 1 for ${this.#target.modelId}: its server returns one choice per request.`;
      throw new GatewayError('unsupported_parameter', message, { param: 'n' });
    }
  }

  /** Drops values that this upstream does not support (wire case 97). */
  #removeOtherValues(): void {
    const { body, fields } = this.#request;
    for (const name of Object.keys(this.#quirks.values ?? {})) {
      if (!this.#isSent(name) || !this.#isOtherValue(name, fieldValue(body, fields, name))) continue;
      this.#patch.remove(name);
      this.#warn(name);
    }
  }

  #isOtherValue(name: string, value: unknown): boolean {
    const known = this.#quirks.values?.[name];
    return known !== undefined && typeof value === 'string' && !known.includes(value);
  }

  /** Of mutually exclusive fields, keeps the first that is not null (wire case 165). */
  #keepOneOf(): void {
    for (const group of this.#quirks.exclusive ?? []) {
      const sent = group.filter((name) => this.#isSent(name) && !this.#isNull(name));
      for (const name of sent.slice(1)) {
        this.#patch.remove(name);
        this.#warn(name);
      }
    }
  }

  /** Sends `developer` as `system` to servers whose templates do not know it (wire case 83). */
  #renameRoles(): void {
    const { fields, oddTurns } = this.#request;
    if (this.#quirks.noDeveloperRole !== true || oddTurns?.developerRole !== true) return;
    const messages = lastField(fields, 'messages');
    if (messages === null) return;
    for (const { start, end } of developerRoles(this.#request.body, messages)) {
      this.#patch.replace(start, end, '"system"');
    }
  }

  /** Drops thinking under keys that this upstream refuses (wire case 146). */
  #removeMessageKeys(): void {
    const messages = lastField(this.#request.fields, 'messages');
    const refused = this.#quirks.refusedMessageKeys;
    if (refused === undefined || messages === null) return;
    const { ranges, found } = messageKeys(this.#request.body, messages, refused);
    for (const { start, end } of ranges) this.#patch.replace(start, end, '');
    for (const name of found) this.#warn(`messages.${name}`);
  }

  /** Tools that ask for strict arguments, towards a server that ignores it (wire case 245). */
  #warnOfLooseTools(): void {
    const { body, fields } = this.#request;
    if (this.#quirks.looseTools === true && hasStrictTool(body, fields)) this.#warn('tools.strict');
  }

  /** The upstream's name for a key. */
  #outgoing(name: string): string {
    return outgoingName(this.#dialect, name);
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
