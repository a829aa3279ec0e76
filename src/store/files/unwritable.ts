import type { AssignmentStep, Committed, OverrideKey } from '../../protocol/assignment.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import {
  StoreUnavailable,
  type AttemptTotals,
  type AuditCheck,
  type AuditPage,
  type BackupCopy,
  type RequestPage,
  type Store,
  type StoredState,
  type StoreStatus,
  type UsageBucket,
  type UsageRow,
} from '../store.ts';

/** The state of a gateway that has stored nothing. */
export const EMPTY_STATE: StoredState = {
  generation: 0,
  overrides: [],
  durations: [],
  configuration: { providers: [], secrets: [], activeProfile: null },
  engines: { footprints: [], claims: [] },
  newestRequest: 0,
};

/**
 * The store for a state directory that cannot be written: returns the state that could be read, rejects changes, and
 * keeps no ledger. The gateway serves without state until it is restarted on a writable directory.
 */
export class UnwritableStore implements Store {
  readonly #why: string;
  readonly #state: StoredState;

  constructor(why: string, state: StoredState | null) {
    this.#why = why;
    this.#state = state ?? EMPTY_STATE;
  }

  load(): Promise<StoredState> {
    return Promise.resolve(this.#state);
  }

  assign(): Promise<Committed> {
    return this.#refuse();
  }

  assignAll(): Promise<Committed> {
    return this.#refuse();
  }

  resetAssignments(): Promise<Committed & { readonly subjects: readonly string[] }> {
    return this.#refuse();
  }

  expireAssignments(): Promise<Committed & { readonly expired: readonly OverrideKey[] }> {
    return this.#refuse();
  }

  lastStep(): Promise<AssignmentStep | null> {
    return this.#refuse();
  }

  noteConfiguration(): Promise<Committed> {
    return this.#refuse();
  }

  changeConfiguration(): Promise<Committed> {
    return this.#refuse();
  }

  rewrapSecrets(): Promise<void> {
    return this.#refuse();
  }

  noteValidation(): Promise<void> {
    return this.#refuse();
  }

  putFootprint(): Promise<void> {
    return this.#refuse();
  }

  putClaim(): Promise<void> {
    return this.#refuse();
  }

  backUp(): Promise<BackupCopy> {
    return this.#refuse();
  }

  record(): void {
    // dropped: there is no ledger
  }

  listRequests(): Promise<RequestPage> {
    return this.#refuse();
  }

  getRequest(): Promise<LedgerRow | null> {
    return this.#refuse();
  }

  listAudit(): Promise<AuditPage> {
    return this.#refuse();
  }

  verifyAudit(): Promise<AuditCheck> {
    return this.#refuse();
  }

  attemptTotals(): Promise<readonly AttemptTotals[]> {
    return this.#refuse();
  }

  usage(): Promise<readonly UsageRow[]> {
    return this.#refuse();
  }

  usageBuckets(): Promise<readonly UsageBucket[]> {
    return this.#refuse();
  }

  status(): StoreStatus {
    return { available: false, why: this.#why, waitingRows: 0, droppedRows: 0 };
  }

  setRetention(): void {
    // there is no ledger
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #refuse(): Promise<never> {
    return Promise.reject(new StoreUnavailable(this.#why));
  }
}
