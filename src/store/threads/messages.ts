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
import type { BurstRecord, Footprint } from '../../protocol/engine.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import type { RewrapChange, StoredChange } from '../../protocol/stored-configuration.ts';
import type {
  AttemptTotals,
  AuditCheck,
  AuditPage,
  AuditQuery,
  ConfigurationChange,
  LedgerSpan,
  RequestQuery,
  StoredState,
  UsageBucket,
  UsageBucketQuery,
  UsageQuery,
  UsageRow,
} from '../store.ts';

/** The calls to the writer. */
export interface WriterCalls {
  load: { argument: null; result: StoredState };
  assignAll: { argument: readonly AssignmentChange[]; result: Committed };
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
  changeConfiguration: { argument: StoredChange; result: Committed };
  rewrapSecrets: { argument: RewrapChange; result: null };
  noteValidation: { argument: { readonly providerId: string; readonly at: string }; result: null };
  putFootprint: { argument: Footprint; result: null };
  putClaim: { argument: { readonly pool: string; readonly claim: BurstRecord | null }; result: null };
  writeRows: { argument: PackedRows; result: BatchOutcome };
  /** Removes rows in one transaction; true when there may be more. */
  trimLedger: { argument: TrimBound; result: boolean };
}

/** The calls to the reader. */
export interface ReportCalls {
  listRows: { argument: RequestQuery; result: readonly LedgerRow[] };
  getRow: { argument: string; result: LedgerRow | null };
  listAudit: { argument: AuditQuery; result: AuditPage };
  verifyAudit: { argument: null; result: AuditCheck };
  usage: { argument: UsageQuery; result: readonly UsageRow[] };
  usageBuckets: { argument: UsageBucketQuery; result: readonly UsageBucket[] };
  attemptTotals: { argument: LedgerSpan; result: readonly AttemptTotals[] };
  /** The number of the newest request that is not among the newest so many; null if there are not more than that. */
  newestBeyond: { argument: number; result: number | null };
}

/** Calls by name, with their arguments and results. */
export type CallTable<C> = { readonly [M in keyof C]: { argument: unknown; result: unknown } };

/** One call; its answer has the same number. */
export type CallMessage<C extends CallTable<C>, M extends keyof C = keyof C> = {
  [K in M]: { readonly call: number; readonly method: K; readonly argument: C[K]['argument'] };
}[M];

/** Asks a thread to answer the previous calls, close what it has open, and end. */
export interface EndMessage {
  readonly end: true;
}

/** The outcome of a call. */
export type AnswerMessage<C extends CallTable<C>> =
  | { readonly call: number; readonly result: C[keyof C]['result'] }
  | { readonly call: number; readonly failure: string };

/** The writer's first message. */
export type OpeningMessage =
  | { readonly opening: 'ready' }
  /** The gateway must not start; see StoreFault. */
  | { readonly opening: 'refused'; readonly exitCode: 3 | 4; readonly message: string }
  /** The directory or the file cannot be written; `state` is what could be read, null when nothing could. */
  | { readonly opening: 'unwritable'; readonly message: string; readonly state: StoredState | null };

/** Input of the writer and of the thread of a copy. */
export interface WorkerInput {
  readonly directory: string;
  /** ISO 8601; recorded with each migration and in the name of a copy. */
  readonly at: string;
}

/** Input of the reader. */
export interface ReportInput {
  readonly directory: string;
}

/** The only message of the thread of a copy; `failure` is the reason why there is no copy. */
export type BackupOutcome = { readonly path: string } | { readonly failure: string };
