import type { StreamEvent } from '../../protocol/stream-event.ts';
import type { ChatNotes } from '../codec.ts';
import { restoreKeys } from './tools/argument-keys.ts';
import { restoreEvent } from './tools/tool-names.ts';

/**
 * Restores the client's names of tools and of their properties in the events of one stream (wire case 72). Arguments
 * with changed property names are held until their call ends, since a name may be split between events.
 */
export class EventRestorer {
  readonly #notes: ChatNotes | null;
  /** The changed names of the open call; null: its arguments pass. */
  #keys: ReadonlyMap<string, string> | null = null;
  #held = '';

  constructor(notes: ChatNotes | null) {
    this.#notes = notes;
  }

  /** The events for the client; the given list itself if the request changed no name. */
  restore(events: readonly StreamEvent[]): readonly StreamEvent[] {
    const notes = this.#notes;
    return notes === null ? events : events.flatMap((event) => this.#restore(event, notes));
  }

  #restore(event: StreamEvent, notes: ChatNotes): readonly StreamEvent[] {
    if (event.type === 'tool-call-delta' && this.#keys !== null) {
      this.#held += event.arguments;
      return [];
    }
    const released = this.#release();
    if (event.type === 'tool-call-start') this.#keys = notes.argumentKeys?.get(event.name) ?? null;
    return [...released, restoreEvent(event, notes)];
  }

  #release(): readonly StreamEvent[] {
    const [keys, held] = [this.#keys, this.#held];
    this.#keys = null;
    this.#held = '';
    return keys === null || held === ''
      ? []
      : [{ type: 'tool-call-delta', arguments: restoreKeys(held, keys) }];
  }
}
