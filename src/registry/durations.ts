import type { NodeDuration } from '../protocol/assignment.ts';

/** The last two targets of each node with their last duration, so that the effect of a switch can be seen. */
export class Durations {
  readonly #byNode = new Map<string, readonly NodeDuration[]>();

  /** `stored` is newest first, as it was kept across the restart. */
  constructor(stored: readonly NodeDuration[]) {
    for (const duration of [...stored].reverse()) this.note(duration);
  }

  /** A request of a node was answered whole. */
  note(duration: NodeDuration): void {
    const [first, second] = this.#byNode.get(duration.node) ?? [];
    const other = first?.target === duration.target ? second : first;
    this.#byNode.set(duration.node, other === undefined ? [duration] : [duration, other]);
  }

  /** Newest first; empty for a node that has answered nothing yet. */
  of(node: string): readonly NodeDuration[] {
    return this.#byNode.get(node) ?? [];
  }
}
