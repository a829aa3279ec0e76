import { parseModelId } from '../../../protocol/model-id.ts';

/** One request that uses a model. */
export interface Use {
  /** Full id of the model. */
  readonly target: string;
  /** Of a lane that claims the pool; else null. */
  readonly burstLane: string | null;
  /** Cuts the request; absent: it cannot be cut. */
  readonly revoke?: (() => void) | undefined;
}

/**
 * The requests that use the models of all pools, and those that wait for them. They outlive every change of the configuration: a model that moves to
 * another pool, or comes back, brings its requests along.
 */
export class Leases {
  /** By full model id. */
  readonly #uses = new Map<string, Set<Use>>();
  /** How many wait for a model, by its full id. */
  readonly #waiting = new Map<string, number>();
  readonly #listeners: ((ended: Use) => void)[] = [];
  /** Called after each request that has ended; true: its wait is over. */
  readonly #watchers = new Set<() => boolean>();

  /** Adds a listener for each request that ends, whatever pool its model is in. */
  onEnd(listener: (ended: Use) => void): void {
    this.#listeners.push(listener);
  }

  /** Returns what ends the use; only its first call counts. */
  add(use: Use): () => void {
    const uses = this.#uses.get(use.target) ?? new Set();
    this.#uses.set(use.target, uses.add(use));
    return () => {
      if (!uses.delete(use)) return;
      for (const listener of this.#listeners) listener(use);
      this.#review();
    };
  }

  /** A request waits for a model, which it may use then. Returns what ends the wait, to be called once. */
  wait(target: string): () => void {
    const add = (count: number): void => {
      this.#waiting.set(target, (this.#waiting.get(target) ?? 0) + count);
    };
    add(1);
    return () => {
      add(-1);
      this.#review();
    };
  }

  /** Cuts the requests that use the model. */
  revoke(target: string): void {
    for (const { revoke } of [...(this.#uses.get(target) ?? [])]) revoke?.();
  }

  /** Cuts the requests that use any model of the provider. */
  revokeAll(providerId: string): void {
    for (const target of [...this.#uses.keys()])
      if (parseModelId(target)?.provider === providerId) this.revoke(target);
  }

  /** Requests that use the model. */
  countOf(target: string): number {
    return this.#uses.get(target)?.size ?? 0;
  }

  /** Requests that use any model of the provider, or wait for it. */
  count(providerId: string): number {
    const isOfProvider = (target: string): boolean => parseModelId(target)?.provider === providerId;
    let count = 0;
    for (const [target, uses] of this.#uses) if (isOfProvider(target)) count += uses.size;
    for (const [target, waiting] of this.#waiting) if (isOfProvider(target)) count += waiting;
    return count;
  }

  /** Resolves once no request uses a model of the provider, or waits for it. */
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

  #review(): void {
    for (const watcher of this.#watchers) if (watcher()) this.#watchers.delete(watcher);
  }
}
