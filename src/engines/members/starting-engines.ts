import type { EngineStart } from '../../protocol/lease.ts';
import { parseModelId } from '../../protocol/model-id.ts';

/**
 * Engines that Laneway runs and is starting: for a moment after the start, and after a change of their settings, once the
 * requests that the previous server answers have ended.
 */
export class StartingEngines {
  readonly #starts = new Map<string, EngineStart>();

  /** Keeps a start until it has ended. */
  track(providerId: string, start: EngineStart): void {
    this.#starts.set(providerId, start);
    void start.ended.then(() => {
      if (this.#starts.get(providerId) === start) this.#starts.delete(providerId);
    });
  }

  get isAny(): boolean {
    return this.#starts.size > 0;
  }

  /** The start of the engine of a model, by its full id; null: none is under way. */
  of(target: string): EngineStart | null {
    if (!this.isAny) return null;
    return this.#starts.get(parseModelId(target)?.provider ?? '') ?? null;
  }
}
