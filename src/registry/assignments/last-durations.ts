import type { NodeDuration } from '../../protocol/assignment.ts';

/** The last duration of each node and lane with each of its last two targets, which shows the effect of a switch. */
export class Durations {
  readonly #byNode = new Map<string, readonly NodeDuration[]>();

  /** `stored`: from before the restart, newest first. */
  constructor(stored: readonly NodeDuration[]) {
    for (const duration of [...stored].reverse()) this.record(duration);
  }

  /** Records the duration of a complete reply to a request of a node or lane. */
  record(duration: NodeDuration): void {
    const [first, second] = this.#byNode.get(duration.node) ?? [];
    const other = first?.target === duration.target ? second : first;
    this.#byNode.set(duration.node, other === undefined ? [duration] : [duration, other]);
  }

  /** Those of a node, or of `lane:NAME`, newest first; empty without a complete reply so far. */
  of(node: string): readonly NodeDuration[] {
    return this.#byNode.get(node) ?? [];
  }
}
