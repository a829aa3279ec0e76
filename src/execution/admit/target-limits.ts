import type { LaneEntry, ModelEntry } from '../../routing/snapshot.ts';
import type { Limiter } from './limiter.ts';
import type { LoadingTargets } from './loading-targets.ts';
import type { Admittance, Entrant, Outlook, TargetGate } from './target-gate.ts';

/** The gate of targets: a model that is loading is waited for where the lane says so, then the limits count. */
export class TargetLimits implements TargetGate {
  readonly #limiter: Limiter;
  readonly #loading: LoadingTargets;

  constructor(limiter: Limiter, loading: LoadingTargets) {
    this.#limiter = limiter;
    this.#loading = loading;
  }

  concerns(target: ModelEntry, lane: LaneEntry | null): boolean {
    return this.#limiter.concerns(target) || lane?.waitWhileLoading === true;
  }

  tryEnter(target: ModelEntry, entrant: Entrant): Admittance {
    if (!this.#mustLoad(target, entrant)) return this.#limiter.tryEnter(target, entrant);
    const refused = this.#limiter.countRefusal.bind(this.#limiter, 'target', target.id);
    return { kind: 'wait', queue: this.#loading.queueOf(target), reason: LOADING, refused };
  }

  look(target: ModelEntry, entrant: Entrant): Outlook {
    return this.#mustLoad(target, entrant)
      ? { kind: 'wait', reason: LOADING }
      : this.#limiter.look(target, entrant);
  }

  #mustLoad(target: ModelEntry, { lane }: Entrant): boolean {
    return lane?.waitWhileLoading === true && this.#loading.isLoading(target);
  }
}

const LOADING = 'is loading';
