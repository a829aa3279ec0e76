import type { Log } from '../protocol/log.ts';
import type { Plan } from '../routing/plan.ts';

/** Logs the warnings of plans: each once per generation, however many requests have it. */
export class PlanWarnings {
  readonly #log: Log;
  readonly #logged = new Set<string>();
  #generation = -1;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Logs what is new in a request's plan. */
  note({ warnings, generation }: Plan): void {
    if (warnings.length === 0) return;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#logged.clear();
    }
    for (const { code, detail } of warnings) {
      // These are the caller's, with words of the caller's choice: the reply reports them.
      if (code === 'unknown_hint' || code === 'header_ignored') continue;
      const warning = `${code}: ${detail}`;
      if (this.#logged.has(warning)) continue;
      this.#logged.add(warning);
      this.#log.warn({ generation }, warning);
    }
  }
}
