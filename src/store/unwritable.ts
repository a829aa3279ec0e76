import {
  StoreUnavailable,
  type Committed,
  type LedgerRow,
  type RequestPage,
  type Store,
  type StoredState,
} from './store.ts';

/**
 * The store of a state directory that cannot be written: it tells what could still be read from it, refuses changes,
 * and keeps no ledger. The gateway serves without state until it is started again on one that can be written.
 */
export class UnwritableStore implements Store {
  readonly #why: string;
  readonly #state: StoredState;

  constructor(why: string, state: StoredState | null) {
    this.#why = why;
    this.#state = state ?? { generation: 0, overrides: [], durations: [] };
  }

  load(): Promise<StoredState> {
    return Promise.resolve(this.#state);
  }

  switchNode(): Promise<Committed> {
    return this.#refuse();
  }

  resetNodes(): Promise<Committed & { readonly subjects: readonly string[] }> {
    return this.#refuse();
  }

  noteConfiguration(): Promise<Committed> {
    return this.#refuse();
  }

  record(): void {
    // nothing keeps it
  }

  listRequests(): Promise<RequestPage> {
    return this.#refuse();
  }

  getRequest(): Promise<LedgerRow | null> {
    return this.#refuse();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #refuse(): Promise<never> {
    return Promise.reject(new StoreUnavailable(this.#why));
  }
}
