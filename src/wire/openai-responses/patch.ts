import type { Warning } from '../../protocol/wire.ts';
import { AddedFields } from '../added-fields.ts';
import { patchTools } from '../chat/patch-tools.ts';
import type { ToolLayout } from '../chat/tool-ranges.ts';
import type { AddedField, Body, ScannedRequest, TargetRequest } from '../exchange.ts';
import { BodyPatch } from '../json/patch.ts';
import { fieldValue, lastField } from '../json/scan.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import { WarningList } from '../warning-list.ts';
import { defaultFields, type DefaultField } from './default-fields.ts';
import type { ResponsesDialect } from './dialect.ts';
import { boundedLimit, LIMIT, refusedNames } from './request-rules.ts';

const TOOLS: ToolLayout = { holder: null, schemaKey: 'parameters', type: 'function' };
/** The first byte of `null`. */
const NULL = 0x6e;

/**
 * The patch that one target needs on a client's body. What the client sent stays, `store` among it: a client may refer to
 * items by id, which the vendor then has. Only fields that the model always refuses are dropped, limits are fitted, and
 * defaults are added.
 */
export class ResponsesPatch {
  readonly #request: ScannedRequest;
  readonly #dialect: ResponsesDialect;
  readonly #target: TargetRequest;
  readonly #patch: BodyPatch;
  readonly #refused: readonly string[];
  readonly #warnings = new WarningList();
  readonly #added: AddedFields;
  /** Fields with several keys, with the defaults added so far. */
  readonly #outer = new Map<string, JsonObject>();

  constructor(request: ScannedRequest, dialect: ResponsesDialect, target: TargetRequest) {
    this.#request = request;
    this.#dialect = dialect;
    this.#target = target;
    this.#patch = new BodyPatch(request.body, request.fields);
    this.#refused = refusedNames(dialect, target.modelId);
    this.#added = new AddedFields(target);
  }

  /** Applies all edits. */
  run(): void {
    const { facts, oddities } = this.#request;
    const { modelId, params } = this.#target;
    const { schemas, unaryAsStream } = this.#dialect;
    if (facts.model !== modelId) this.#patch.set('model', JSON.stringify(modelId));
    if (unaryAsStream && !facts.stream) this.#patch.set('stream', 'true');
    this.#fitLimit();
    this.#removeRefused();
    const { fields, dropped } = defaultFields(params);
    for (const name of dropped) this.#warnings.dropped(name);
    for (const field of fields) this.#addDefault(field);
    if (oddities?.schemas === true && schemas !== null)
      patchTools(this.#request, 'tools', { layout: TOOLS, rules: schemas }, this.#patch, this.#warnings);
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

  #fitLimit(): void {
    const { maxOutputTokens: sent } = this.#request.facts;
    if (sent === null) return;
    const limit = boundedLimit(sent, this.#dialect, this.#target, this.#warnings);
    if (limit !== sent && this.#isSent(LIMIT)) this.#patch.set(LIMIT, JSON.stringify(limit));
  }

  #removeRefused(): void {
    for (const name of this.#refused) {
      const field = lastField(this.#request.fields, name);
      if (field === null) continue;
      if (this.#request.body[field.valueStart] !== NULL) this.#warnings.dropped(name);
      this.#patch.remove(name);
    }
  }

  /** A field that the client sent, even as null, has no default; of one with several keys, the key. */
  #addDefault({ given, name, key, value }: DefaultField): void {
    const { body, fields } = this.#request;
    const isSent = this.#isSent(name);
    if (isSent && key === null) return;
    const outer = this.#outer.get(name) ?? (isSent ? fieldValue(body, fields, name) : {});
    if (!isJsonObject(outer) || (key !== null && outer[key] !== undefined)) return;
    const path = key === null ? name : `${name}.${key}`;
    if (this.#refused.includes(name) || this.#added.isWithheld(path)) {
      this.#warnings.dropped(given);
      return;
    }
    const fitted =
      name === LIMIT && typeof value === 'number'
        ? boundedLimit(value, this.#dialect, this.#target, this.#warnings)
        : value;
    const whole = key === null ? fitted : { ...outer, [key]: fitted };
    if (key !== null && isJsonObject(whole)) this.#outer.set(name, whole);
    this.#patch.set(name, JSON.stringify(whole));
    this.#added.note(path);
  }

  #isSent(name: string): boolean {
    return lastField(this.#request.fields, name) !== null;
  }
}
