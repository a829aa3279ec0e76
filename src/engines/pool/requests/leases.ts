import { parseModelId } from '../../../protocol/model-id.ts';

/** One request that uses a model. `revoke` cuts it; absent: it cannot be cut. */
interface Use {
  readonly revoke?: () => void;
}

/** The requests that use the models of a pool. They outlive every change of its engines. */
export class Leases {
  /** By full model id. */
  readonly #uses = new Map<string, Set<Use>>();
  /** Called after each request that has ended; true: its wait is over. */
  readonly #watchers = new Set<() => boolean>();

  /** Returns what ends the use, to be called once. */
  add(target: string, revoke?: () => void): () => void {
    const use: Use = revoke === undefined ? {} : { revoke };
    const uses = this.#uses.get(target) ?? new Set();
    this.#uses.set(target, uses.add(use));
    return () => {
      uses.delete(use);
      for (const watcher of this.#watchers) if (watcher()) this.#watchers.delete(watcher);
    };
  }

  /** Cuts the requests that use the model. */
  revoke(target: string): void {
    for (const { revoke } of [...(this.#uses.get(target) ?? [])]) revoke?.();
  }

  /** Requests that use any model of the provider. */
  count(providerId: string): number {
    let count = 0;
    for (const [target, uses] of this.#uses)
      if (parseModelId(target)?.provider === providerId) count += uses.size;
    return count;
  }

  /** Resolves once no request uses a model of the provider. */
  async unused(providerId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const watcher = (): boolean => {
      if (this.count(providerId) > 0) return false;
      resolve(undefined);
      return true;
    };
    if (!watcher()) this.#watchers.add(watcher);
    await promise;
  }
}
