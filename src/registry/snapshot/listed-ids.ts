import { isSameModel } from '../../protocol/model-id.ts';
import type { Listing } from '../../providers/provider.ts';

/** Ids kept for each provider; a list has far fewer. */
const IDS_MAX = 10_000;

/** The ids that the lists of each server have named since start, to tell a removed model from one that was never there. */
export class ListedIds {
  readonly #ids = new Map<string, Set<string>>();

  /** Remembers the ids of a list. */
  add(providerId: string, { models }: Listing): void {
    const ids = this.#ids.get(providerId) ?? new Set<string>();
    this.#ids.set(providerId, ids);
    for (const { id } of models) if (ids.size < IDS_MAX) ids.add(id);
  }

  /** Forgets a provider: another server has its name now. */
  forget(providerId: string): void {
    this.#ids.delete(providerId);
  }

  /** Has a list named this model? `anyName`: its server spells ids its own way (file names). */
  has(providerId: string, modelId: string, anyName: boolean): boolean {
    const ids = this.#ids.get(providerId);
    if (ids === undefined) return false;
    return ids.has(modelId) || (anyName && [...ids].some((id) => isSameModel(id, modelId)));
  }
}
