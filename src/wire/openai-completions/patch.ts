import type { Warning } from '../../protocol/wire.ts';
import type { AddedField, Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { untranslatableField } from '../fields/field-error.ts';
import { fieldValue, lastField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';
import { BodyPatch } from '../json/patch.ts';
import { largestLimit, lowerLimit } from '../output-limit.ts';
import { firstStops } from '../stop-sequences.ts';
import { AddedFields } from '../added-fields.ts';
import { WarningList } from '../warning-list.ts';
import type { CompletionsDialect } from './dialect.ts';

const OPEN_ARRAY = 0x5b;
const ONE_TEXT = 'Its server accepts one text per request.';
const ONE_CHOICE = 'Its server returns one choice per request.';

/** Defaults of OpenAI chat that have the same meaning here. */
const SHARED_DEFAULTS: ReadonlySet<string> = new Set([
  ...['max_tokens', 'temperature', 'top_p', 'top_k', 'min_p', 'stop', 'seed', 'user', 'logit_bias'],
  ...['presence_penalty', 'frequency_penalty', 'repetition_penalty'],
]);

/** The patch that one target needs on a client's body. */
export class CompletionsPatch {
  /** The client requested the usage of its stream. */
  showsUsage = false;
  readonly #request: ScannedRequest;
  readonly #dialect: CompletionsDialect;
  readonly #target: TargetRequest;
  readonly #patch: BodyPatch;
  readonly #warnings = new WarningList();
  readonly #added: AddedFields;

  constructor(request: ScannedRequest, dialect: CompletionsDialect, target: TargetRequest) {
    this.#request = request;
    this.#dialect = dialect;
    this.#target = target;
    this.#patch = new BodyPatch(request.body, request.fields);
    this.#added = new AddedFields(target);
  }

  run(): void {
    const { modelId, params } = this.#target;
    const { facts } = this.#request;
    if (this.#dialect.single) this.#checkSingle();
    if (facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    for (const [name, value] of Object.entries(params)) this.#addDefault(name, value);
    this.#lowerLimit();
    this.#shortenStops();
    if (facts.stream) this.#requestUsage();
    else if (this.#dialect.unaryAsStream) this.#requestStream();
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

  /** A single text in a list, as LangChain sends it, is unwrapped. */
  #checkSingle(): void {
    const { body, fields } = this.#request;
    for (const name of ['n', 'best_of']) {
      if (Number(fieldValue(body, fields, name) ?? 1) > 1) throw untranslatableField(name, ONE_CHOICE);
    }
    const field = lastField(fields, 'prompt');
    if (field === null || body[field.valueStart] !== OPEN_ARRAY) return;
    const prompt = fieldValue(body, fields, 'prompt');
    const [only, second] = Array.isArray(prompt) ? (prompt as readonly unknown[]) : [];
    if (typeof only !== 'string' || second !== undefined) throw untranslatableField('prompt', ONE_TEXT);
    this.#patch.set('prompt', JSON.stringify(only));
  }

  /** Lowers the client's limit to what model and window allow (wire case 211). */
  #lowerLimit(): void {
    const { maxOutputTokens: sent } = this.#request.facts;
    if (sent === null) return;
    const limit = this.#bounded('max_tokens', sent);
    if (limit !== sent) this.#patch.set('max_tokens', JSON.stringify(limit));
  }

  /** Sends no more stop sequences than the server accepts (wire case 212). */
  #shortenStops(): void {
    const sent = fieldValue(this.#request.body, this.#request.fields, 'stop');
    const kept = this.#bounded('stop', sent);
    if (kept !== sent) this.#patch.set('stop', JSON.stringify(kept));
  }

  /** The value of a key within the bounds of the target, with a warning if it is changed. */
  #bounded(name: string, value: unknown): unknown {
    if (name === 'max_tokens' && typeof value === 'number')
      return lowerLimit(value, largestLimit(this.#target), name, this.#warnings);
    if (name === 'stop' && Array.isArray(value))
      return firstStops(value as readonly unknown[], this.#dialect.stopSequences, name, this.#warnings);
    return value;
  }

  /** A default for a key that the client did not send, not even as null. */
  #addDefault(given: string, value: unknown): void {
    const name = given === 'max_completion_tokens' ? 'max_tokens' : given;
    if (value === null || value === undefined || lastField(this.#request.fields, name) !== null) return;
    if (SHARED_DEFAULTS.has(name) && !this.#added.isWithheld(name))
      this.#add(name, name, this.#bounded(name, value));
    else this.#warnings.dropped(given);
  }

  /** Requests the usage if the client did not; the guard then removes it from the stream. */
  #requestUsage(): void {
    const { body, fields } = this.#request;
    const options = fieldValue(body, fields, 'stream_options') ?? {};
    if (!isJsonObject(options)) return;
    this.showsUsage = options['include_usage'] === true;
    const isClients = Object.keys(options).length > 0;
    if (!this.showsUsage) this.#setOptions({ ...options, include_usage: true }, isClients);
  }

  #requestStream(): void {
    this.#patch.set('stream', 'true');
    this.#setOptions({ include_usage: true });
  }

  #setOptions(options: object, isClients = false): void {
    const name = 'stream_options';
    const added = isClients ? 'include_usage' : name;
    if (!this.#added.isWithheld(name) && !this.#added.isWithheld(added)) this.#add(name, added, options);
  }

  #add(name: string, added: string, value: unknown): void {
    this.#patch.set(name, JSON.stringify(value));
    this.#added.note(added);
  }
}
