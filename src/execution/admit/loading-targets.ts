import type { Health } from '../../routing/health.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import type { Clock } from '../../util/clock.ts';
import type { Listings } from '../ports.ts';
import { LOADING_POLL_MS, SILENCE_PROBE_MS } from '../timeouts.ts';
import { Gate } from './gate.ts';

/** What the waiting for models depends on. */
export interface LoadingPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly health: Pick<Health, 'at'>;
  readonly listings: Pick<Listings, 'refresh' | 'current'>;
}

/**
 * The targets whose model is loading, with the requests that wait for them. While some wait, the model list of the server
 * is read every second; once it does not say `loading` any more, all of them go on.
 */
export class LoadingTargets {
  readonly #ports: LoadingPorts;
  readonly #gates = new Map<string, Gate>();
  /** Monotonic ms at which a model was found loaded: what its server answered before does not count. */
  readonly #loadedAt = new Map<string, number>();

  constructor(ports: LoadingPorts) {
    this.#ports = ports;
  }

  /** Did its server answer just now that the model is loading, or does it list it so? */
  isLoading(target: ModelEntry): boolean {
    return this.#ports.listings.current(target).status === 'loading' || this.#isDeferred(target);
  }

  /** The queue of the requests that wait until it has loaded. */
  queueOf(target: ModelEntry): Gate {
    let gate = this.#gates.get(target.id);
    if (gate === undefined) {
      gate = new Gate(0, this.#ports.clock);
      this.#gates.set(target.id, gate);
      this.#pollLater(target, gate);
    }
    return gate;
  }

  #pollLater(target: ModelEntry, gate: Gate): void {
    setTimeout(() => {
      if (gate.waiting === 0) this.#gates.delete(target.id);
      else void this.#poll(target, gate);
    }, LOADING_POLL_MS).unref();
  }

  async #poll(target: ModelEntry, gate: Gate): Promise<void> {
    if (await this.#stillLoads(target)) {
      this.#pollLater(target, gate);
      return;
    }
    this.#gates.delete(target.id);
    this.#loadedAt.set(target.id, this.#ports.clock.now());
    gate.open();
  }

  async #stillLoads(target: ModelEntry): Promise<boolean> {
    const { listings } = this.#ports;
    const failure = await listings.refresh(target.provider.id, SILENCE_PROBE_MS);
    // Of a server that is away the attempt says so.
    if (failure !== null) return failure.class === 'loading';
    const { status } = listings.current(target);
    return status === 'loading' || (status !== 'loaded' && this.#isDeferred(target));
  }

  #isDeferred(target: ModelEntry): boolean {
    const { health, clock } = this.#ports;
    const deferral = health.at(clock.now()).deferral(target);
    if (deferral?.code !== 'loading' || deferral.since === null) return false;
    return deferral.since > (this.#loadedAt.get(target.id) ?? -Infinity);
  }
}
