import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { newId } from '../../openai-chat/ids.ts';
import { CALL_KINDS, itemType, PART_KINDS, partsIn, textIn, type PartKind } from '../output-parts.ts';
import { finalItem } from './final-item.ts';
import { GrowingItems, type GrowingItem, type GrowingPart } from './growing-items.ts';

/** Beginnings of ids as OpenAI writes them. */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg_',
  reasoning: 'rs_',
  function_call: 'fc_',
  custom_tool_call: 'ctc_',
};
/** In the order in which models write them. */
const LISTS = ['summary', 'content'] as const;
/** What the API writes in every part. */
const EMPTY_PART: Readonly<Record<string, JsonObject>> = {
  output_text: { annotations: [], logprobs: [] },
};

/** Takes an event in its canonical form; the server's own object where nothing had to be changed. */
export type Emit = (event: JsonObject) => void;

/**
 * Writes the events of output items in canonical order: each item is announced, each part of it is announced, gets its
 * text, and both are done. What the server left out is added, and text that it sent twice is left out.
 */
export class ItemEvents {
  readonly items = new GrowingItems();
  readonly #emit: Emit;
  #announced = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Opens an item, and announces it; `event` is the server's announcement. */
  open(item: JsonObject, place: unknown, event: JsonObject | null = null): GrowingItem {
    const type = itemType(item);
    const givenId = filledString(item['id']);
    const grown = this.items.open({
      type,
      id: givenId ?? newId(ID_PREFIXES[type] ?? 'item_', Math.random),
      givenId,
      givenIndex: typeof place === 'number' ? place : null,
      opening: null,
    });
    this.announce(grown, item, event);
    return grown;
  }

  /** Announces an item; a call only once its name is known. */
  announce(grown: GrowingItem, item: JsonObject, event: JsonObject | null = null): void {
    const call = CALL_KINDS.get(grown.type);
    if (call !== undefined && filledString(item['name']) === null) return;
    const opening = openingOf(item, grown);
    grown.opening = opening;
    grown.index = this.#announced;
    this.#announced += 1;
    const place = { output_index: grown.index };
    const isSame = event !== null && opening === item;
    this.#emit(
      isSame
        ? withKeys(event, place)
        : { ...event, type: 'response.output_item.added', ...place, item: opening },
    );
    if (call === undefined) this.#begun(grown, item);
    else {
      const text = grown.text;
      grown.text = '';
      this.callText(grown, text === '' ? textIn(item[call.key]) : text, null);
    }
  }

  /** An open part of this kind: by the server's place, else the last one. null: none. */
  partOf(grown: GrowingItem, kind: PartKind, place: unknown): GrowingPart | null {
    const parts = grown.parts[kind.list].filter((part) => part.kind === kind && !part.isDone);
    const byPlace = parts.findLast(({ givenIndex }) => givenIndex !== null && givenIndex === place);
    return byPlace ?? (typeof place === 'number' ? null : (parts.at(-1) ?? null));
  }

  /** Opens a part and announces it; `event` is the server's announcement. */
  openPart(grown: GrowingItem, kind: PartKind, place: unknown, event: JsonObject | null = null): GrowingPart {
    for (const open of grown.parts[kind.list]) if (!open.isDone) this.closePart(grown, open, null);
    const part = addPart(grown, kind, kind.list, place);
    const given = event?.['part'];
    const keys = this.#placeOf(grown, part);
    if (event !== null && isJsonObject(given) && given[kind.key] === '') this.#emit(withKeys(event, keys));
    else {
      const empty = { ...EMPTY_PART[kind.type], ...(isJsonObject(given) ? given : null) };
      const shown = { ...empty, type: kind.type, [kind.key]: '' };
      this.#emit({ ...event, type: `${kind.partEvent}.added`, ...keys, part: shown });
    }
    if (isJsonObject(given)) this.text(grown, part, textIn(given[kind.key]), null);
    return part;
  }

  /** Notes a part whose text is not read here, so that the places of others agree. */
  otherPart(grown: GrowingItem, list: PartKind['list'], place: unknown): void {
    addPart(grown, null, list, place).isDone = true;
  }

  /** Adds text to a part; `event` is the server's delta. */
  text(grown: GrowingItem, part: GrowingPart, delta: string, event: JsonObject | null): void {
    const { kind } = part;
    if (delta === '' || kind === null) return;
    part.text += delta;
    const keys = this.#placeOf(grown, part);
    if (event !== null) this.#emit(withKeys(event, keys));
    else this.#emit({ type: `${kind.textEvent}.delta`, ...keys, ...logprobs(kind), delta });
  }

  /** The text of a part is whole. */
  textDone(grown: GrowingItem, part: GrowingPart, given: unknown, event: JsonObject | null): void {
    const { kind } = part;
    if (kind === null || part.isTextDone) return;
    this.text(grown, part, restOf(part.text, given), null);
    part.isTextDone = true;
    const keys = { ...this.#placeOf(grown, part), [kind.key]: part.text };
    if (event !== null) this.#emit(withKeys(event, keys));
    else this.#emit({ type: `${kind.textEvent}.done`, ...keys, ...logprobs(kind) });
  }

  /** A part is whole; `given` is the server's whole part. */
  closePart(
    grown: GrowingItem,
    part: GrowingPart,
    given: JsonObject | null,
    event: JsonObject | null = null,
  ): void {
    const { kind } = part;
    if (kind === null || part.isDone) return;
    this.textDone(grown, part, given?.[kind.key], null);
    part.isDone = true;
    const keys = this.#placeOf(grown, part);
    const isSame = given !== null && given['type'] === kind.type && given[kind.key] === part.text;
    if (isSame && event !== null) this.#emit(withKeys(event, keys));
    else {
      const whole = { ...EMPTY_PART[kind.type], ...given, type: kind.type, [kind.key]: part.text };
      this.#emit({ ...event, type: `${kind.partEvent}.done`, ...keys, part: whole });
    }
  }

  /** Adds to what the model wrote in a call; `event` is the server's delta. */
  callText(grown: GrowingItem, delta: string, event: JsonObject | null): void {
    const kind = CALL_KINDS.get(grown.type);
    if (delta === '' || kind === undefined) return;
    grown.text += delta;
    if (grown.opening === null) return;
    const keys = { item_id: grown.id, output_index: grown.index };
    if (event?.['delta'] === delta) this.#emit(withKeys(event, keys));
    else this.#emit({ type: `${kind.textEvent}.delta`, ...keys, delta });
  }

  /** The text of a call is whole. Without arguments it is an empty object (wire case 61). */
  callDone(grown: GrowingItem, given: unknown, event: JsonObject | null): void {
    const kind = CALL_KINDS.get(grown.type);
    if (kind === undefined || grown.isTextDone || grown.opening === null) return;
    this.callText(grown, restOf(grown.text, given), null);
    if (kind.key === 'arguments' && grown.text.trim() === '') this.callText(grown, '{}', null);
    grown.isTextDone = true;
    const keys = { item_id: grown.id, output_index: grown.index, [kind.key]: grown.text };
    if (event !== null) this.#emit(withKeys(event, keys));
    else {
      const named = kind.key === 'arguments' ? { name: grown.opening['name'] } : null;
      this.#emit({ type: `${kind.textEvent}.done`, ...keys, ...named });
    }
  }

  /** An item is whole; `given` is the server's whole item, `event` its event. */
  close(grown: GrowingItem, given: JsonObject | null, event: JsonObject | null = null): void {
    if (grown.final !== null) return;
    if (grown.opening === null) this.announce(grown, given ?? {});
    if (grown.opening === null) throw new WireFault('malformed', 'a tool call of the stream has no name');
    const kind = CALL_KINDS.get(grown.type);
    if (kind !== undefined) this.callDone(grown, given?.[kind.key], null);
    else {
      if (given !== null) this.#parts(grown, given);
      for (const part of allParts(grown)) this.closePart(grown, part, null);
    }
    grown.final = finalItem(grown, given);
    const place = { output_index: grown.index };
    if (event !== null && grown.final === given) this.#emit(withKeys(event, place));
    else this.#emit({ ...event, type: 'response.output_item.done', ...place, item: grown.final });
  }

  /** Adds the text that the announcement of an item has already. */
  #begun(grown: GrowingItem, item: JsonObject): void {
    for (const list of LISTS) {
      for (const [place, given] of partsIn(item, list).entries()) {
        const kind = isJsonObject(given) ? PART_KINDS.get(given['type']) : undefined;
        const text = isJsonObject(given) && kind !== undefined ? textIn(given[kind.key]) : '';
        if (kind?.item !== grown.type || kind.list !== list || text === '') continue;
        this.text(grown, this.openPart(grown, kind, place), text, null);
      }
    }
  }

  /** Adds the content of a whole item that its events have not brought. */
  #parts(grown: GrowingItem, item: JsonObject): void {
    for (const list of LISTS) {
      for (const [place, given] of partsIn(item, list).entries()) {
        const kind = isJsonObject(given) ? PART_KINDS.get(given['type']) : undefined;
        const known = grown.parts[list][place];
        if (kind?.item !== grown.type || kind.list !== list || !isJsonObject(given)) {
          if (known === undefined) this.otherPart(grown, list, place);
          continue;
        }
        if (known?.kind === kind) this.closePart(grown, known, given);
        else if (known === undefined) this.closePart(grown, this.openPart(grown, kind, place), given);
      }
    }
  }

  #placeOf(grown: GrowingItem, { kind, index }: GrowingPart): JsonObject {
    const place = kind === null ? null : { [kind.index]: index };
    return { item_id: grown.id, output_index: grown.index, ...place };
  }
}

/** The event with these keys; the same object where it has them. */
export function withKeys(event: JsonObject, keys: JsonObject): JsonObject {
  return Object.keys(keys).every((key) => event[key] === keys[key]) ? event : { ...event, ...keys };
}

function addPart(
  grown: GrowingItem,
  kind: PartKind | null,
  list: PartKind['list'],
  place: unknown,
): GrowingPart {
  const parts = grown.parts[list];
  const givenIndex = typeof place === 'number' ? place : null;
  const part = { kind, index: parts.length, givenIndex, text: '', isTextDone: false, isDone: false };
  parts.push(part);
  return part;
}

function allParts({ parts }: GrowingItem): readonly GrowingPart[] {
  return [...parts.summary, ...parts.content];
}

/** What a whole text has beyond the pieces of it; nothing where it is another text: clients have the pieces already. */
function restOf(pieces: string, whole: unknown): string {
  const text = textIn(whole);
  return text.startsWith(pieces) ? text.slice(pieces.length) : '';
}

function logprobs(kind: PartKind): JsonObject | null {
  return kind.type === 'output_text' ? { logprobs: [] } : null;
}

/** The item as it is announced: without content. The same object where it has none. */
function openingOf(item: JsonObject, { type, id, givenId }: GrowingItem): JsonObject {
  const call = CALL_KINDS.get(type);
  const required: Record<string, unknown> = {};
  if (item['type'] !== type) required['type'] = type;
  if (item['id'] !== id) required['id'] = id;
  if (call !== undefined) {
    if (item[call.key] !== '') required[call.key] = '';
    if (filledString(item['call_id']) === null) required['call_id'] = givenId ?? newId('call_', Math.random);
  } else if (type === 'message' || type === 'reasoning') {
    const list = type === 'message' ? 'content' : 'summary';
    if (!isEmpty(item[list])) required[list] = [];
    if (type === 'reasoning' && item['content'] !== undefined && !isEmpty(item['content']))
      required['content'] = [];
    if (type === 'message' && item['role'] !== 'assistant') required['role'] = 'assistant';
  } else return givenId === null ? { ...item, id } : item;
  if (item['status'] === 'completed') required['status'] = 'in_progress';
  return Object.keys(required).length === 0 ? item : { ...item, ...required };
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}
