import type { ListedModel, Listing } from '../providers/provider.ts';
import type { ModelEntry } from '../routing/snapshot.ts';

/** Bounds the memory if an upstream's errors name ever new models. */
const WINDOWS_MAX = 1_000;

/**
 * The context windows that servers have revealed by refusing a prompt, in tokens by full model id. Each is valid until
 * the configuration or the entry of its model in the server's list changes: an engine may have been restarted with
 * another window.
 */
export class LearntWindows {
  readonly #tokens = new Map<string, number>();

  /** Remembers a window; false when no more than that was known anyway. */
  learn({ id, capabilities }: ModelEntry, tokens: number): boolean {
    const known = Math.min(this.#tokens.get(id) ?? Infinity, capabilities.context_length ?? Infinity);
    if (tokens >= known) return false;
    if (this.#tokens.size >= WINDOWS_MAX) this.#tokens.clear();
    this.#tokens.set(id, tokens);
    return true;
  }

  /** Forgets the windows of a provider's models whose entry in its list has changed; `after` undefined: all of them. */
  listingChanged(
    models: ReadonlyMap<string, ModelEntry>,
    providerId: string,
    before: Listing | undefined,
    after: Listing | undefined,
  ): void {
    for (const id of this.#tokens.keys()) {
      const model = models.get(id);
      if (model !== undefined && model.provider.id !== providerId) continue;
      if (model === undefined || after === undefined || entryOf(before, model) !== entryOf(after, model)) {
        this.#tokens.delete(id);
      }
    }
  }

  /** Forgets all windows: the configuration has changed. */
  clear(): void {
    this.#tokens.clear();
  }

  /** The models with their windows bounded by the learnt ones. */
  bound(models: ReadonlyMap<string, ModelEntry>): ReadonlyMap<string, ModelEntry> {
    if (this.#tokens.size === 0) return models;
    return new Map(Array.from(models, ([id, model]) => [id, this.#bounded(model)]));
  }

  #bounded(model: ModelEntry): ModelEntry {
    const tokens = this.#tokens.get(model.id);
    if (tokens === undefined || tokens >= (model.capabilities.context_length ?? Infinity)) return model;
    return Object.freeze({
      ...model,
      capabilities: { ...model.capabilities, context_length: tokens },
      sources: { ...model.sources, context_length: 'measured' as const },
    });
  }
}

/** The entry of a model in a list, as text to compare. */
function entryOf(listing: Listing | undefined, { upstreamId }: ModelEntry): string {
  const entry: ListedModel | undefined = listing?.models.find(({ id }) => id === upstreamId);
  return JSON.stringify(entry ?? null);
}
