import type { BatchOutcome } from './ledger.ts';
import type { PackedRows } from './row-packing.ts';
import type { Committed, LedgerRow, ResetChange, StoredState, SwitchChange } from './store.ts';

/** What the serving thread asks of the worker, and what it gets. */
export interface Calls {
  load: { argument: null; result: StoredState };
  switchNode: { argument: SwitchChange; result: Committed };
  resetNodes: { argument: ResetChange; result: Committed & { readonly subjects: readonly string[] } };
  noteConfiguration: { argument: { readonly fingerprint: string; readonly at: string }; result: Committed };
  writeRows: { argument: PackedRows; result: BatchOutcome };
  listRows: { argument: { readonly limit: number; readonly before: string | null }; result: LedgerRow[] };
  getRow: { argument: string; result: LedgerRow | null };
  /** Closes the database; the worker ends after its answer. */
  close: { argument: null; result: null };
}

/** The name of a call. */
export type Method = keyof Calls;

/** One call; its answer carries the same number. */
export type CallMessage<M extends Method = Method> = {
  [K in M]: { readonly call: number; readonly method: K; readonly argument: Calls[K]['argument'] };
}[M];

/** What a call came to. */
export type AnswerMessage =
  | { readonly call: number; readonly result: Calls[Method]['result'] }
  | { readonly call: number; readonly failure: string };

/** The worker's first message. */
export type OpeningMessage =
  | { readonly opening: 'ready' }
  /** The gateway must not start; see StoreFault. */
  | { readonly opening: 'refused'; readonly exitCode: 3 | 4; readonly message: string }
  /** The directory or the file cannot be written; `state` is what can still be read, null when nothing can. */
  | { readonly opening: 'unwritable'; readonly message: string; readonly state: StoredState | null };

/** What the worker is started with. */
export interface WorkerInput {
  readonly directory: string;
  /** ISO 8601; recorded with each migration. */
  readonly at: string;
}
