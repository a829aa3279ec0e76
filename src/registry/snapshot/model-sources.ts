import { isDeepStrictEqual } from 'node:util';

import type { UnreadableFile } from '../../protocol/model-file.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { ListedModel, Listing } from '../../providers/provider.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import { LearntWindows, type LearntBound } from './learnt-windows.ts';
import { ListedIds } from './listed-ids.ts';
import { MemoryFits } from './memory-fits.ts';

type Models = ReadonlyMap<string, ModelEntry>;

/**
 * What is known of models besides the configuration: the lists of servers, the files in folders, the bounds that servers
 * have revealed, and the free memory. A method that returns a boolean returns whether the snapshot has to be built again.
 */
export class ModelSources {
  readonly listings = new Map<string, Listing>();
  readonly files = new Map<string, readonly ListedModel[]>();
  readonly unreadable = new Map<string, readonly UnreadableFile[]>();
  readonly listedIds = new ListedIds();
  readonly windows = new LearntWindows();
  readonly memory: MemoryFits;

  /** `now` returns monotonic ms. */
  constructor(now: () => number) {
    this.memory = new MemoryFits(now);
  }

  /** Takes over a provider's model list. `models` are those of the current snapshot. */
  setListing(providerId: string, listing: Listing, models: Models): void {
    this.windows.listingChanged(models, providerId, this.listings.get(providerId), listing);
    this.listings.set(providerId, listing);
    this.listedIds.add(providerId, listing);
  }

  /** Drops a provider's outdated model list, with the bounds that were learnt under it. */
  forgetListing(providerId: string, models: Models): boolean {
    this.windows.listingChanged(models, providerId, this.listings.get(providerId), undefined);
    this.listedIds.forget(providerId);
    return this.listings.delete(providerId);
  }

  /** Drops the lists of providers that a new configuration has replaced, and all learnt bounds. */
  forgetReplaced(isReplaced: (providerId: string) => boolean): void {
    for (const id of this.listings.keys()) {
      if (!isReplaced(id)) continue;
      this.listings.delete(id);
      this.listedIds.forget(id);
    }
    this.windows.clear();
  }

  /** Takes over the models whose files a provider has, and the files that cannot be used. Without any, it has no folder. */
  setFiles(
    providerId: string,
    models: readonly ListedModel[],
    unreadable: readonly UnreadableFile[],
  ): boolean {
    const hasOthers = replaceList(this.files, providerId, models);
    return replaceList(this.unreadable, providerId, unreadable) || hasOthers;
  }

  /** A server has refused a request for a window or an output limit of `tokens`. */
  learnBound(model: ModelEntry, bound: LearntBound, tokens: number): boolean {
    return this.windows.learn(model, bound, tokens);
  }

  /** A model has served this many tokens in one exchange. */
  noteServed(model: ModelEntry, usage: Usage): boolean {
    return this.windows.served(model, usage);
  }

  /** Is it in its server's list? null: there is no list. */
  isListed({ provider, upstreamId }: ModelEntry): boolean | null {
    return this.listings.get(provider.id)?.models.some(({ id }) => id === upstreamId) ?? null;
  }
}

/** Returns whether the list was another one. An empty list is none. */
function replaceList<Entry>(
  lists: Map<string, readonly Entry[]>,
  providerId: string,
  list: readonly Entry[],
): boolean {
  if (isDeepStrictEqual(lists.get(providerId) ?? [], list)) return false;
  if (list.length === 0) lists.delete(providerId);
  else lists.set(providerId, list);
  return true;
}
