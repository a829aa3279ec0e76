import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import type { AddedField, Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { fieldValue, lastField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import { BodyPatch } from '../json/patch.ts';
import { OutgoingCallIds } from '../chat/calls/call-ids.ts';
import { patchTools } from '../chat/tools/patch-tools.ts';
import type { ToolLayout } from '../chat/tools/tool-ranges.ts';
import { AddedFields } from '../added-fields.ts';
import type { WarningList } from '../warning-list.ts';
import { CallExtras, requiresState } from './encode/call-extras.ts';
import { editMessages, type MessageEdits } from './messages/message-edits.ts';
import { reasoningKeys } from './reasoning/reasoning-keys.ts';
import type { UsageWish } from './normalize/state.ts';
import type { OpenAiChatDialect, OpenAiQuirks } from './dialect.ts';
import { RequestBounds } from './request-bounds.ts';
import { keepTools, readWish, toolNames } from './tool-choice.ts';
import { fitToolChoice } from '../chat/tools/tool-choice.ts';
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

/** The lists of tools of this wire; the second is the deprecated one (wire case 76). */
const TOOL_LISTS: readonly (readonly [string, ToolLayout])[] = [
  ['tools', { holder: 'function', schemaKey: 'parameters', type: 'function' }],
  ['functions', { holder: null, schemaKey: 'parameters', type: '' }],
];

/** The patch that one target needs on a client's body, rule by rule. */
export class RequestPatch {
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
  readonly #warnings: WarningList;
  readonly #added: AddedFields;

  /** `warnings`: where the patch adds its own. */
  constructor(
    request: ScannedRequest,
    dialect: OpenAiChatDialect,
    target: TargetRequest,
    warnings: WarningList,
  ) {
    this.#request = request;
    this.#dialect = dialect;
    this.#target = target;
    this.#quirks = dialect.quirks;
    this.#patch = new BodyPatch(request.body, request.fields);
    this.#refused = refusedNames(dialect, target.modelId);
    this.#bounds = new RequestBounds(dialect, target, warnings);
    this.#warnings = warnings;
    this.#added = new AddedFields(target);
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
    this.#editMessages();
    this.#fitTools(this.#fitToolChoice());
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
    if (name !== winner) this.#sendAs(winner, name);
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
    const isRefused = this.#refused.includes(outgoing) || this.#added.isWithheld(outgoing);
    if (isRefused || this.#isOtherValue(outgoing, value)) {
      this.#warn(name);
      return;
    }
    this.#patch.set(outgoing, JSON.stringify(value));
    this.#added.note(outgoing);
  }

  /** Renames a key of the client. */
  #sendAs(name: string, outgoing: string): void {
    this.#patch.rename(name, outgoing);
    this.#added.note(outgoing);
  }

  #rename(): void {
    for (const [from, to] of Object.entries(this.#dialect.renames)) {
      if (isLimit(from) || !this.#isSent(from) || this.#added.isWithheld(to)) continue;
      if (!this.#isSent(to)) {
        this.#sendAs(from, to);
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
    const added = facts.stream && this.#isSent(name) && !this.#isNull(name) ? 'include_usage' : name;
    if (this.#added.isWithheld(name) || this.#added.isWithheld(added)) return;
    this.#patch.set(name, JSON.stringify({ ...options, include_usage: true }));
    this.#added.note(added);
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

  /**
   * Sends `developer` as `system` to servers whose templates do not know it (wire case 83), drops thinking under keys
   * that this upstream refuses, copies it to the key that it reads (wire case 146), drops keys of other vendors, adds the
   * state that calls must have (wire case 204), and replaces call ids that it refuses (wire case 77) and arguments that are
   * no text (wire case 65).
   */
  #editMessages(): void {
    const { body, fields, oddities } = this.#request;
    const messages = oddities === undefined ? null : lastField(fields, 'messages');
    if (oddities === undefined || messages === null) return;
    const { thinkingKeys = [], missingReasoning = [], vendorKeys = [] } = oddities;
    const { callIds, traits } = this.#dialect;
    const { refusedMessageKeys: refused = [] } = this.#quirks;
    const isUnsigned = oddities.unsignedCalls === true && requiresState(traits, this.#target.modelId);
    const extras = isUnsigned ? new CallExtras(traits, this.#target) : null;
    const edits: MessageEdits = {
      systemRole: oddities.developerRole === true && this.#quirks.noDeveloperRole === true,
      removed: refused.filter((key) => thinkingKeys.includes(key) || vendorKeys.includes(key)),
      reasoning: reasoningKeys(traits, this.#target.modelId).filter((key) => missingReasoning.includes(key)),
      callIds: oddities.callIds === true && callIds !== null ? new OutgoingCallIds(callIds) : null,
      argumentsText: oddities.oddArguments === true,
      callState: extras === null ? null : (id) => extras.forFirst(id),
    };
    for (const name of editMessages(body, messages, edits, this.#patch)) this.#warn(`messages.${name}`);
    if (extras?.lost === true) this.#warnings.add('call_state_lost', this.#target.modelId);
  }

  /**
   * Sends only the tools that the client's choice allows to servers that do not understand the choice (wire case 246).
   * Returns the names of the tools that are sent; null: all.
   */
  #fitToolChoice(): ReadonlySet<string> | null {
    const { body, fields } = this.#request;
    const { toolChoice } = this.#dialect.traits;
    if (toolChoice === 'full' || !this.#isSent('tool_choice')) return null;
    const wish = readWish(fieldValue(body, fields, 'tool_choice'));
    const list = lastField(fields, 'tools');
    if (wish === null || list === null || body[list.valueStart] !== 0x5b) return null;
    const offered = toolNames(body, list).filter((name) => name !== null);
    const fitted = fitToolChoice(wish, offered, toolChoice, this.#warnings);
    if (fitted === null) return null;
    const { mode, kept } = fitted;
    if (kept?.size === 0) {
      this.#patch.remove('tools');
      this.#patch.remove('tool_choice');
      return kept;
    }
    this.#patch.set('tool_choice', JSON.stringify(mode));
    if (kept !== null) keepTools(body, list, kept, this.#patch);
    return kept;
  }

  /** Rewrites schemas that this upstream refuses (wire case 73), and reports strictness that it ignores (wire case 245). */
  #fitTools(sent: ReadonlySet<string> | null): void {
    const { oddities } = this.#request;
    const { schemas } = this.#dialect;
    if (oddities?.strictTools === true && this.#quirks.looseTools === true) this.#warn('tools.strict');
    if (oddities?.schemas !== true || schemas === null) return;
    for (const [name, layout] of TOOL_LISTS) {
      if (!this.#refused.includes(this.#outgoing(name)))
        patchTools(this.#request, name, { layout, rules: schemas, sent }, this.#patch, this.#warnings);
    }
  }

  /** The upstream's name for a key. */
  #outgoing(name: string): string {
    return outgoingName(this.#dialect, name, this.#added.withheld);
  }

  #isSent(name: string): boolean {
    return lastField(this.#request.fields, name) !== null;
  }

  #isNull(name: string): boolean {
    const field = lastField(this.#request.fields, name);
    return field !== null && this.#request.body[field.valueStart] === 0x6e;
  }

  #warn(name: string): void {
    this.#warnings.dropped(name);
  }
}
