import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { newId } from '../../openai-chat/ids.ts';
import { errorFault } from '../../stream/stream-fault.ts';
import { reportsError } from '../../upstream-error-body.ts';
import { isIncomplete, requireAnswer } from '../finish.ts';
import {
  CALLS_BY_EVENT,
  itemType,
  KINDS_BY_EVENT,
  PART_KINDS,
  textIn,
  type CallKind,
  type PartKind,
} from '../output-parts.ts';
import { finalItem } from './final-item.ts';
import type { GrowingItem } from './growing-items.ts';
import { ItemEvents, withKeys } from './item-events.ts';

/** Receives the canonical events of a stream. */
export interface EventSink {
  /** `isOwn`: the upstream sent the event in this form and with its `event:` name, so its bytes may be forwarded. */
  onEvent(event: JsonObject, isOwn: boolean): void;
}

const STARTS: ReadonlySet<string> = new Set(['response.created', 'response.in_progress', 'response.queued']);
const ENDS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);
const PART_EVENTS: ReadonlySet<string> = new Set(
  Array.from(PART_KINDS.values(), ({ partEvent }) => partEvent),
);

/**
 * Normalizes what servers of the Responses API actually send to canonical events, which guard, decoder and assembler
 * read: `response.created` first; each item and each part announced once and done once, with ids and places; text that
 * arrived only in a `done` event or in the whole response as a delta, and text that was sent twice once (wire case 184);
 * `response.completed` or `response.incomplete` at the end, with the whole output; numbers in sequence. Events and items
 * of unknown types pass. Throws a `WireFault`: `error_event`, `malformed`, `cut`.
 */
export class EventNormalizer {
  /** Has the last event arrived? */
  finished = false;
  readonly #items = new ItemEvents((event) => this.#emit(event));
  /** The response as it began; null before that. */
  #begun: JsonObject | null = null;
  /** Of the next event; null before the first. */
  #sequence: number | null = null;
  /** The event that is being read, if it has its name in the `event:` field. */
  #own: JsonObject | null = null;
  #sink: EventSink | null = null;

  /** Reads the data of one event; `name` is its `event:` field. */
  read(data: string, name: string | null, sink: EventSink): void {
    if (this.finished) return;
    if (data.trim() === '[DONE]') throw new WireFault('cut', 'ended its stream without a finish reason');
    const given = parseEvent(data);
    if (reportsError(given)) throw errorFault(Buffer.from(data));
    const type = filledString(given['type']) ?? name;
    if (type === null) throw malformed('an event of the stream has no type');
    const event = withKeys(given, { type });
    this.#own = name === type ? event : null;
    this.#sink = sink;
    this.#take(event, type);
  }

  #take(event: JsonObject, type: string): void {
    if (STARTS.has(type)) {
      this.#start(event, type);
      return;
    }
    if (ENDS.has(type)) {
      this.#end(event, type);
      return;
    }
    this.#requireStart(null);
    const dot = type.lastIndexOf('.');
    const [stem, suffix] = [type.slice(0, dot), type.slice(dot + 1)];
    const [kind, call] = [KINDS_BY_EVENT.get(stem), CALLS_BY_EVENT.get(stem)];
    if (stem === 'response.output_item') this.#item(event, suffix);
    else if (PART_EVENTS.has(stem)) this.#part(event, suffix, stem);
    else if (kind !== undefined) this.#text(event, suffix, kind);
    else if (call !== undefined) this.#callText(event, suffix, call);
    else this.#emit(event);
  }

  #start(event: JsonObject, type: string): void {
    const { response } = event;
    if (isJsonObject(response)) requireAnswerOrProgress(response);
    if (type === 'response.created') {
      if (this.#begun !== null) return;
      this.#begun = named(response);
      this.#emit(withKeys(event, { response: this.#begun }));
      return;
    }
    this.#requireStart(response);
    this.#emit(event);
  }

  #requireStart(response: unknown): void {
    if (this.#begun !== null) return;
    this.#begun = { ...named(response), status: 'in_progress' };
    this.#emit({ type: 'response.created', response: { ...this.#begun, output: [] } });
  }

  #item(event: JsonObject, suffix: string): void {
    const { item } = event;
    if (!isJsonObject(item)) throw malformed(`an event output_item.${suffix} has no item`);
    const type = itemType(item);
    const grown = this.#items.items.find(event, type);
    if (suffix === 'added') {
      if (isRepeated(grown, item)) return;
      const open = this.#items.open(item, event['output_index'], event);
      if (open.opening === null && filledString(item['name']) === null) return;
      return;
    }
    if (grown?.final !== null && grown !== null && isRepeated(grown, item)) return;
    const target =
      grown !== null && grown.final === null ? grown : this.#items.open(item, event['output_index']);
    this.#items.close(target, item, event);
  }

  #part(event: JsonObject, suffix: string, stem: string): void {
    const { part } = event;
    const kind = isJsonObject(part) ? PART_KINDS.get(part['type']) : undefined;
    if (kind?.partEvent !== stem || !isJsonObject(part)) {
      if (suffix === 'added') this.#otherPart(event);
      this.#emit(event);
      return;
    }
    const grown = this.#grown(event, kind.item, suffix !== 'done');
    if (grown === null) return;
    const place = event[kind.index];
    const open = this.#items.partOf(grown, kind, place);
    if (suffix === 'added') {
      if (open === null) this.#items.openPart(grown, kind, place, event);
      return;
    }
    if (open !== null) this.#items.closePart(grown, open, part, event);
    else if (!grown.parts[kind.list].some(({ givenIndex }) => givenIndex === place))
      this.#items.closePart(grown, this.#items.openPart(grown, kind, place), part);
  }

  /** A part whose text is not read here, such as audio. */
  #otherPart(event: JsonObject): void {
    const grown = this.#items.items.find(event, 'message');
    if (grown !== null) this.#items.otherPart(grown, 'content', event['content_index']);
  }

  #text(event: JsonObject, suffix: string, kind: PartKind): void {
    const isDelta = suffix === 'delta';
    const text = textIn(event[isDelta ? 'delta' : kind.key]);
    const grown = this.#grown(event, kind.item, isDelta && text !== '');
    if (grown === null) return;
    const place = event[kind.index];
    const open = this.#items.partOf(grown, kind, place);
    if (isDelta) {
      if (text === '') return;
      this.#items.text(grown, open ?? this.#items.openPart(grown, kind, place), text, event);
    } else if (suffix !== 'done') this.#emit(event);
    else if (open !== null) this.#items.textDone(grown, open, text, event);
    else if (text !== '' && !grown.parts[kind.list].some(({ givenIndex }) => givenIndex === place))
      this.#items.textDone(grown, this.#items.openPart(grown, kind, place), text, null);
  }

  #callText(event: JsonObject, suffix: string, kind: CallKind): void {
    const found = this.#items.items.find(event, kind.type);
    const isDelta = suffix === 'delta';
    const text = textIn(event[isDelta ? 'delta' : kind.key]);
    if (found?.final != null || found?.isTextDone === true) {
      if (isDelta && text !== '') throw malformed('a tool call continues after its end');
      return;
    }
    const grown = found ?? this.#unnamed(event, kind);
    if (isDelta) this.#items.callText(grown, text, event);
    else if (suffix === 'done') this.#items.callDone(grown, text, event);
  }

  /** A call whose announcement has not come, and with it its name. */
  #unnamed(event: JsonObject, { type }: CallKind): GrowingItem {
    const id = filledString(event['item_id']);
    return this.#items.open({ type, ...(id === null ? null : { id }) }, event['output_index']);
  }

  /** The open item that an event is about; one is opened if there is none and `isNeeded`. null: none. */
  #grown(event: JsonObject, type: PartKind['item'], isNeeded: boolean): GrowingItem | null {
    const found = this.#items.items.find(event, type);
    if (found !== null && found.final === null) return found;
    if (found !== null && !isNeeded) return null;
    const id = found === null ? filledString(event['item_id']) : null;
    const item = { type, ...(id === null ? null : { id }) };
    return this.#items.open(item, found === null ? event['output_index'] : null);
  }

  #end(event: JsonObject, type: string): void {
    const given = isJsonObject(event['response']) ? event['response'] : {};
    requireAnswer(given);
    if (type === 'response.failed' || type === 'response.cancelled')
      requireAnswer({ status: type.slice('response.'.length) });
    this.#requireStart(given);
    const output = Array.isArray(given['output']) ? (given['output'] as readonly unknown[]) : [];
    const known = this.#closeAll(output.filter(isJsonObject));
    const items = this.#items.items.all.toSorted((one, other) => one.index - other.index);
    const finals = items.map((item) => {
      const own = known.get(item);
      return own === undefined ? (item.final ?? {}) : finalItem(item, own);
    });
    const isSame =
      Array.isArray(given['output']) &&
      output.length === finals.length &&
      output.every((item, at) => item === finals[at]);
    const status = type === 'response.incomplete' || isIncomplete(given) ? 'incomplete' : 'completed';
    const whole: JsonObject = filledString(given['id']) === null ? { ...this.#begun, ...given } : given;
    const response = withKeys(whole, { status, ...(isSame ? null : { output: finals }) });
    this.finished = true;
    this.#emit(withKeys(event, { type: `response.${status}`, response }));
  }

  /** Closes all items, and those of the whole response that no event has brought. Returns the whole items. */
  #closeAll(output: readonly JsonObject[]): ReadonlyMap<GrowingItem, JsonObject> {
    const known = new Map<GrowingItem, JsonObject>();
    const { items } = this.#items;
    for (const [place, item] of output.entries()) {
      const found = items.inOutput(item, itemType(item), place);
      const grown = found !== null && !known.has(found) ? found : this.#items.open(item, null);
      known.set(grown, item);
      this.#items.close(grown, item);
    }
    for (const grown of items.all) this.#items.close(grown, null);
    return known;
  }

  #emit(event: JsonObject): void {
    const { sequence_number: given } = event;
    this.#sequence ??= Number.isSafeInteger(given) ? (given as number) : 0;
    const numbered = withKeys(event, { sequence_number: this.#sequence });
    this.#sequence += 1;
    this.#sink?.onEvent(numbered, numbered === this.#own);
  }
}

/** Is the announcement or the whole item one that this item has had already? */
function isRepeated(grown: GrowingItem | null, { id, call_id: callId, name }: JsonObject): boolean {
  if (grown === null || grown.opening === null) return false;
  if (grown.givenId !== null && filledString(id) !== null) return grown.givenId === id;
  if (filledString(callId) !== null) return grown.opening['call_id'] === callId;
  return grown.final === null && (name === undefined || grown.opening['name'] === name);
}

/** Has the response an id? */
function isNamed(response: unknown): response is JsonObject {
  return isJsonObject(response) && filledString(response['id']) !== null;
}

/** The response with an id, which clients require. */
function named(response: unknown): JsonObject {
  if (isNamed(response)) return response;
  const given = isJsonObject(response) ? response : { object: 'response', status: 'in_progress', output: [] };
  return { ...given, id: newId('resp_', Math.random) };
}

function requireAnswerOrProgress(response: JsonObject): void {
  requireAnswer({ ...response, status: response['status'] === 'failed' ? 'failed' : 'completed' });
}

function parseEvent(data: string): JsonObject {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw malformed('an event of the stream is not JSON');
  }
  if (!isJsonObject(event)) throw malformed('an event of the stream is not a JSON object');
  return event;
}

function malformed(message: string): WireFault {
  return new WireFault('malformed', message);
}
