import { SvelteMap } from 'svelte/reactivity';

import { live } from './live.svelte.ts';

/** Switches whose progress is remembered; only one runs in each pool. */
const KEPT = 20;

/** A `switch` event, as far as it is read here. */
interface SwitchEvent {
  readonly kind: string;
  readonly switch_id: string;
  readonly progress: number;
}

/**
 * The progress of engine switches, 0 to 1. Events are newer than a reply that was read before them: the highest value
 * of a switch is shown.
 */
class SwitchProgress {
  readonly #highest = new SvelteMap<string, number>();

  constructor() {
    live.listen((name, data) => {
      if (name !== 'switch') return;
      const { kind, switch_id, progress } = data as SwitchEvent;
      if (kind === 'engine') this.#note(switch_id, progress);
    });
  }

  /** The progress of a switch, given that a reply reports `reported`. */
  of(switchId: string, reported: number): number {
    return Math.max(reported, this.#highest.get(switchId) ?? 0);
  }

  #note(switchId: string, progress: number): void {
    this.#highest.set(switchId, this.of(switchId, progress));
    const [oldest] = this.#highest.keys();
    if (this.#highest.size > KEPT && oldest !== undefined) this.#highest.delete(oldest);
  }
}

/** The progress of the switches of all pools. */
export const switchProgress = new SwitchProgress();
