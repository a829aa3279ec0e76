import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { PartKind } from '../output-parts.ts';

/** A part of an item as received so far. */
export interface GrowingPart {
  /** null: a part whose text is not read here, which passes. */
  readonly kind: PartKind | null;
  /** Its place in the list of its item. */
  readonly index: number;
  /** Its place as the server counts. */
  readonly givenIndex: number | null;
  text: string;
  isTextDone: boolean;
  isDone: boolean;
}

/** An output item as received so far. */
export interface GrowingItem {
  readonly type: string;
  readonly id: string;
  /** The server's own id and place of it; null where it gave none. */
  readonly givenId: string | null;
  readonly givenIndex: number | null;
  /** The item without content; null: only pieces of a call have arrived, whose name is not known yet. */
  opening: JsonObject | null;
  /** Its place in the output; -1 before it was announced. */
  index: number;
  readonly parts: { readonly content: GrowingPart[]; readonly summary: GrowingPart[] };
  /** The arguments or the input of a call. */
  text: string;
  isTextDone: boolean;
  /** The whole item, once it is done. */
  final: JsonObject | null;
}

/**
 * The output items of one stream, and which of them an event belongs to. Each event is looked up without a search through
 * the items: a stream may have thousands of them.
 */
export class GrowingItems {
  /** In the order in which they began. */
  readonly all: GrowingItem[] = [];
  /** The first item with an id. */
  readonly #byId = new Map<string, GrowingItem>();
  /** By type. */
  readonly #ofType = new Map<string, ItemsOfType>();

  /** Adds an item. */
  open(item: Pick<GrowingItem, 'type' | 'id' | 'givenId' | 'givenIndex' | 'opening'>): GrowingItem {
    const grown: GrowingItem = {
      ...item,
      index: -1,
      parts: { content: [], summary: [] },
      text: '',
      isTextDone: false,
      final: null,
    };
    this.all.push(grown);
    const { type, givenId } = grown;
    if (givenId !== null && !this.#byId.has(givenId)) this.#byId.set(givenId, grown);
    const alike = this.#ofType.get(type) ?? new ItemsOfType();
    this.#ofType.set(type, alike);
    alike.add(grown);
    return grown;
  }

  /**
   * The item of this type that an event is about: by id, else by place; of a server that gives neither, the last one that
   * is not done. null: none. llama-server b10434 gives ids and no places.
   */
  find(event: JsonObject, type: string): GrowingItem | null {
    const alike = this.#ofType.get(type);
    if (alike === undefined) return null;
    const id = filledString(event['item_id']) ?? idIn(event['item']);
    const byId = id === null ? undefined : alike.byId.get(id);
    if (byId !== undefined) return byId;
    const byPlace = alike.byPlace.get(event['output_index']);
    if (byPlace !== undefined && (id === null || byPlace.givenId === null || byPlace.final === null))
      return byPlace;
    return alike.lastOpen();
  }

  /** The item of the output of a whole response at this place. */
  inOutput(item: JsonObject, type: string, place: number): GrowingItem | null {
    const id = filledString(item['id']);
    const byId = id === null ? undefined : this.#byId.get(id);
    if (byId !== undefined) return byId;
    const byPlace = this.all[place];
    return byPlace?.type === type ? byPlace : null;
  }
}

/** The items of one type: the latest of each id and place, and those that are not done. */
class ItemsOfType {
  readonly byId = new Map<string, GrowingItem>();
  readonly byPlace = new Map<unknown, GrowingItem>();
  readonly #open: GrowingItem[] = [];

  add(item: GrowingItem): void {
    if (item.givenId !== null) this.byId.set(item.givenId, item);
    if (item.givenIndex !== null) this.byPlace.set(item.givenIndex, item);
    this.#open.push(item);
  }

  /** The last one that is not done; null: none. */
  lastOpen(): GrowingItem | null {
    while (this.#open.at(-1)?.final != null) this.#open.pop();
    return this.#open.at(-1) ?? null;
  }
}

function idIn(item: unknown): string | null {
  return isJsonObject(item) ? filledString(item['id']) : null;
}
