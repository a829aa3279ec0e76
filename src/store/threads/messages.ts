import type { BatchOutcome, TrimBound } from '../ledger/ledger.ts';
import type { PackedRows } from '../ledger/row-packing.ts';
import type {
  AssignmentChange,
  AssignmentStep,
  Committed,
  ExpiryChange,
  OverrideKey,
  ResetChange,
} from '../../protocol/assignment.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import type {
  AuditPage,
  AuditQuery,
  ConfigurationChange,
  RequestQuery,
  StoredState,
  UsageQuery,
  UsageRow,
} from '../store.ts';

/** What the serving thread asks of the writer, and what it gets. */
export interface WriterCalls {
  load: { argument: null; result: StoredState };
  assign: { argument: AssignmentChange; result: Committed };
  resetAssignments: { argument: ResetChange; result: Committed & { readonly subjects: readonly string[] } };
  expireAssignments: {
    argument: ExpiryChange;
    result: Committed & { readonly expired: readonly OverrideKey[] };
  };
  lastStep: {
    argument: { readonly key: OverrideKey; readonly before: number | null };
    result: AssignmentStep | null;
  };
  noteConfiguration: { argument: ConfigurationChange; result: Committed };
  writeRows: { argument: PackedRows; result: BatchOutcome };
  /** One bite; true when there may be more. */
  trimLedger: { argument: TrimBound; result: boolean };
}

/** What it asks of the reader beside the writer. */
export interface ReportCalls {
  listRows: { argument: RequestQuery; result: readonly LedgerRow[] };
  getRow: { argument: string; result: LedgerRow | null };
  listAudit: { argument: AuditQuery; result: AuditPage };
  usage: { argument: UsageQuery; result: readonly UsageRow[] };
  /** The newest request that is beyond so many; null when there are no more than that. */
  newestBeyond: { argument: number; result: string | null };
}

/** Calls by their names: what each takes and gives. */
export type CallTable<C> = { readonly [M in keyof C]: { argument: unknown; result: unknown } };

/** One call; its answer carries the same number. */
export type CallMessage<C extends CallTable<C>, M extends keyof C = keyof C> = {
  [K in M]: { readonly call: number; readonly method: K; readonly argument: C[K]['argument'] };
}[M];

/** Asks a thread to close what it has open and to end, once it has answered the calls before. */
export interface EndMessage {
  readonly end: true;
}

/** What a call came to. */
export type AnswerMessage<C extends CallTable<C>> =
  | { readonly call: number; readonly result: C[keyof C]['result'] }
  | { readonly call: number; readonly failure: string };

/** The writer's first message. */
export type OpeningMessage =
  | { readonly opening: 'ready' }
  /** The gateway must not start; see StoreFault. */
  | { readonly opening: 'refused'; readonly exitCode: 3 | 4; readonly message: string }
  /** The directory or the file cannot be written; `state` is what can still be read, null when nothing can. */
  | { readonly opening: 'unwritable'; readonly message: string; readonly state: StoredState | null };

/** What the writer and the thread of a backup are started with. */
export interface WorkerInput {
  readonly directory: string;
  /** ISO 8601; recorded with each migration, and in the name of a copy. */
  readonly at: string;
}

/** What the reader is started with. */
export interface ReportInput {
  readonly directory: string;
}

/** The one message of a backup's thread; `failure` says why there is no copy. */
export type BackupOutcome = { readonly path: string } | { readonly failure: string };
