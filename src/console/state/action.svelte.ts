import { tick } from 'svelte';

import { messageOf } from './loaded.svelte.ts';

/** Something the operator starts by a button: runs once at a time and keeps why it failed, to be shown there. */
export class Action {
  /** It is running; a second click does nothing. */
  busy = $state(false);
  /** Why the last run failed; null: it did not. */
  problem = $state<string | null>(null);

  /** Runs `change`; true if it succeeded. Anything but an `ApiError` is thrown. */
  async run(change: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await change();
      return true;
    } catch (error) {
      this.problem = messageOf(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Moves the focus to `fallback`, by default the page's content, if the element that had it was removed. */
export async function keepFocus(fallback?: HTMLElement): Promise<void> {
  await tick();
  const { activeElement } = document;
  if (activeElement !== null && activeElement !== document.body) return;
  (fallback ?? document.querySelector<HTMLElement>('main'))?.focus();
}
