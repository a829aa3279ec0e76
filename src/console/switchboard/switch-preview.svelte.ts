import { ApiError } from '../api/api-error.ts';
import { api, type SwitchOptions, type Target } from '../api/client.ts';
import type { DryRun } from '../api/types.ts';
import { assignments } from '../state/assignments.svelte.ts';
import { coalesced } from '../state/coalesced.ts';
import { live } from '../state/live.svelte.ts';
import { messageOf } from '../state/loaded.svelte.ts';

const CHECK_AGAIN = 'Something was changed meanwhile. Check the switch and apply it again.';

/**
 * The dry run of a switch, current while its dialog is open, and the switch itself, which is rejected when anything was
 * changed since the dry run.
 */
export class SwitchPreview {
  /** null: none yet. */
  result = $state.raw<DryRun | null>(null);
  /** Why the last dry run failed; null: it did not. */
  problem = $state<string | null>(null);
  /** That the subject was changed while the dialog was open, to what and by whom; null: it was not. */
  changed = $state<string | null>(null);
  #isApplying = false;
  readonly #subject: string;
  readonly #target: Target;

  constructor(subject: string, target: Target) {
    this.#subject = subject;
    this.#target = target;
  }

  /** Runs now and after each change of the configuration, until the returned function is called. */
  follow(): () => void {
    void this.refresh();
    return live.listen((name, data) => {
      if (this.#isApplying) return;
      const isSwitch = name === 'switch' && (data as { kind?: string }).kind === 'assignment';
      if (isSwitch || name === 'config' || name === 'connected') void this.refresh();
    });
  }

  /** Runs again; resolves when `result` is at least as new as the call. */
  readonly refresh = coalesced(() => this.#read());

  /**
   * Switches unless the subject was changed since the dry run; then it rejects with an `ApiError` and `result` is the new
   * one. A change of something else has the same status, and the switch is sent once more.
   */
  async apply(options: SwitchOptions): Promise<void> {
    this.#isApplying = true;
    try {
      await this.#switch(options, true);
    } finally {
      this.#isApplying = false;
    }
    await assignments.load();
  }

  async #switch(options: SwitchOptions, mayRetry: boolean): Promise<void> {
    const seen = this.result;
    if (seen === null) return;
    try {
      await api.switch(this.#subject, this.#target, options, seen.generation);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'generation_mismatch') throw error;
      await this.refresh();
      const isSame = this.result !== null && isSameResult(seen, this.result);
      if (isSame && mayRetry) return this.#switch(options, false);
      throw new ApiError(error.status, error.code, this.changed ?? CHECK_AGAIN);
    }
  }

  async #read(): Promise<void> {
    try {
      const before = this.result;
      const result = await api.dryRun(this.#subject, this.#target);
      if (before !== null && before.previous.assigned !== result.previous.assigned)
        this.changed = await this.#changeText();
      this.result = result;
      this.problem = null;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #changeText(): Promise<string> {
    const [last] = (await api.history(this.#subject)).entries;
    const by = last === undefined ? '' : ` by ${last.actor} to ${last.to ?? 'its default'}`;
    return `Changed meanwhile${by}. Check the switch before you apply it.`;
  }
}

/** Whether a switch that was confirmed for one dry run is still what the other one shows. */
function isSameResult(one: DryRun, other: DryRun): boolean {
  return one.previous.assigned === other.previous.assigned && one.fit === other.fit;
}
