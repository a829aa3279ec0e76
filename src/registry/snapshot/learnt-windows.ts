import type { Usage } from '../../protocol/usage.ts';
import type { ListedModel, Listing } from '../../providers/provider.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';

/** Bounds the memory if an upstream's errors name ever new models. */
const MODELS_MAX = 1_000;

/** What servers reveal about their models by refusing requests, in tokens. */
export type LearntBound = 'context_length' | 'max_output_tokens';

type Tokens = Partial<Record<LearntBound, number>>;

/**
 * The context windows and output limits that servers have revealed by refusing a request, in tokens by full model id.
 * Each is valid until the configuration is loaded again, the entry of its model in the server's list changes (an engine
 * may have been restarted with another window), or the model serves more than that: then the error was misread.
 */
export class LearntWindows {
  readonly #learnt = new Map<string, Tokens>();
  /** The largest prompt and reply that each model has served. */
  readonly #served = new Map<string, Readonly<Record<LearntBound, number>>>();

  /** Remembers a bound; false when no more than that was known anyway, or the model has served more. */
  learn({ id, capabilities }: ModelEntry, bound: LearntBound, tokens: number): boolean {
    const learnt = this.#learnt.get(id) ?? {};
    const known = Math.min(learnt[bound] ?? Infinity, capabilities[bound] ?? Infinity);
    if (tokens >= known || tokens < (this.#served.get(id)?.[bound] ?? 0)) return false;
    if (this.#learnt.size >= MODELS_MAX) this.#learnt.clear();
    this.#learnt.set(id, { ...learnt, [bound]: tokens });
    return true;
  }

  /** Notes a successful reply to a single input; true if it removes a bound that it has proved wrong. */
  served({ id }: ModelEntry, { inputTokens, outputTokens }: Usage): boolean {
    const largest = this.#served.get(id);
    if (largest !== undefined && inputTokens <= largest.context_length) {
      if (outputTokens <= largest.max_output_tokens) return false;
    }
    if (this.#served.size >= MODELS_MAX) this.#served.clear();
    this.#served.set(id, {
      context_length: Math.max(inputTokens, largest?.context_length ?? 0),
      max_output_tokens: Math.max(outputTokens, largest?.max_output_tokens ?? 0),
    });
    const learnt = this.#learnt.get(id);
    if (learnt === undefined) return false;
    const right = Object.entries(learnt).filter(
      ([bound, tokens]) => tokens >= (bound === 'context_length' ? inputTokens : outputTokens),
    );
    this.#learnt.set(id, Object.fromEntries(right));
    return right.length < Object.keys(learnt).length;
  }

  /** Forgets what is known of a provider's models whose entry in its list has changed; `after` undefined: all of them. */
  listingChanged(
    models: ReadonlyMap<string, ModelEntry>,
    providerId: string,
    before: Listing | undefined,
    after: Listing | undefined,
  ): void {
    for (const id of new Set([...this.#learnt.keys(), ...this.#served.keys()])) {
      const model = models.get(id);
      if (model !== undefined && model.provider.id !== providerId) continue;
      if (model === undefined || after === undefined || entryOf(before, model) !== entryOf(after, model)) {
        this.#learnt.delete(id);
        this.#served.delete(id);
      }
    }
  }

  /** Forgets everything: the configuration was loaded. Returns whether a bound was known. */
  clear(): boolean {
    const wasBounding = this.#learnt.size > 0;
    this.#learnt.clear();
    this.#served.clear();
    return wasBounding;
  }

  /** The models with their windows and output limits bounded by the learnt ones. */
  bound(models: ReadonlyMap<string, ModelEntry>): ReadonlyMap<string, ModelEntry> {
    if (this.#learnt.size === 0) return models;
    return new Map(Array.from(models, ([id, model]) => [id, this.#bounded(model)]));
  }

  #bounded(model: ModelEntry): ModelEntry {
    const { capabilities } = model;
    const learnt = Object.entries(this.#learnt.get(model.id) ?? {}) as [LearntBound, number][];
    const smaller = learnt.filter(([bound, tokens]) => tokens < (capabilities[bound] ?? Infinity));
    if (smaller.length === 0) return model;
    const measured = Object.fromEntries(smaller.map(([bound]) => [bound, 'measured' as const]));
    return Object.freeze({
      ...model,
      capabilities: { ...capabilities, ...Object.fromEntries(smaller) },
      sources: { ...model.sources, ...measured },
    });
  }
}

/** The entry of a model in a list, as text to compare. */
function entryOf(listing: Listing | undefined, { upstreamId }: ModelEntry): string {
  const entry: ListedModel | undefined = listing?.models.find(({ id }) => id === upstreamId);
  return JSON.stringify(entry ?? null);
}
