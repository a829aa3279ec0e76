import { SvelteSet } from 'svelte/reactivity';

import { api } from '../api/client.ts';
import type { Assignment, AvailableModel } from '../api/types.ts';
import { coalesced } from './coalesced.ts';
import { live, type EventName } from './live.svelte.ts';
import { messageOf } from './loaded.svelte.ts';

/** Changes within this many milliseconds are read together. */
const SETTLE_MS = 60;
/** Durations and rates are read again this often while requests come, in milliseconds. */
const FIGURES_MS = 1000;

/** A node or lane of the switchboard. */
export interface Subject {
  /** `evaluate`, or `lane:coder`. */
  readonly id: string;
  readonly assignment: Assignment;
}

/** What is assigned to every node and lane, and what they can be switched to. Read again when something changes. */
class Assignments {
  generation = $state<number | null>(null);
  nodes = $state.raw<readonly Subject[]>([]);
  lanes = $state.raw<readonly Subject[]>([]);
  available = $state.raw<readonly AvailableModel[]>([]);
  /** Why the last reading failed; null: it did not. */
  problem = $state<string | null>(null);
  /** Subjects at their default that were changed before, since the page was opened: that can be undone. */
  readonly undoable = new SvelteSet<string>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #dueAt = 0;

  /** Reads everything now and after each change, until the returned function is called. */
  follow(): () => void {
    void this.load();
    return live.listen((name) => {
      this.#onEvent(name);
    });
  }

  /** Reads again; resolves when what it shows is at least as new as the call. */
  readonly load = coalesced(() => this.#read());

  async #read(): Promise<void> {
    try {
      const { generation, available, assignments, lanes } = await api.models();
      const changed = [...this.nodes, ...this.lanes].filter(({ assignment }) => !assignment.is_default);
      this.generation = generation;
      this.available = available;
      this.nodes = subjects(assignments, '');
      this.lanes = subjects(lanes, 'lane:');
      for (const { id } of changed) this.undoable.add(id);
      this.problem = null;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  #onEvent(name: EventName): void {
    const wait = name === 'request' ? FIGURES_MS : SETTLE_MS;
    const at = performance.now() + wait;
    if (this.#timer !== null && this.#dueAt <= at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.load();
    }, wait);
  }
}

function subjects(found: Readonly<Record<string, Assignment>>, prefix: string): Subject[] {
  return Object.entries(found).map(([name, assignment]) => ({ id: prefix + name, assignment }));
}

/** The one switchboard. */
export const assignments = new Assignments();
