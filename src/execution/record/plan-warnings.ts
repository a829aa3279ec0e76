import type { Plan } from '../../routing/plan.ts';
import type { Log } from '../../protocol/log.ts';

/** Tells the operator what plans warn of: once in each generation, however many requests run into it (DESIGN section 3). */
export class PlanWarnings {
  readonly #log: Log;
  readonly #told = new Set<string>();
  #generation = -1;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A request got this plan. */
  note({ warnings, generation }: Plan): void {
    if (warnings.length === 0) return;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#told.clear();
    }
    for (const { code, detail } of warnings) {
      const warning = `${code}: ${detail}`;
      if (this.#told.has(warning)) continue;
      this.#told.add(warning);
      this.#log.warn({ generation }, warning);
    }
  }
}
