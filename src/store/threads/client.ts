import type { Worker } from 'node:worker_threads';
import { DailyCopy } from '../backup/daily-copy.ts';
import { LedgerQueue } from '../ledger/ledger-queue.ts';
import type { Log } from '../../protocol/log.ts';
import type { WriterCalls } from './messages.ts';
import { readerFor, ReportThread } from './report-thread.ts';
import { requestPage, type PageSources } from '../ledger/request-page.ts';
import { LedgerRetention } from '../ledger/retention.ts';
import { databasePath } from '../files/paths.ts';
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
import {
  StoreUnavailable,
  type AttemptTotals,
  type AuditCheck,
  type AuditPage,
  type AuditQuery,
  type BackupCopy,
  type ConfigurationChange,
  type LedgerSpan,
  type RequestPage,
  type RequestQuery,
  type Retention,
  type Store,
  type StoredState,
  type StoreStatus,
  type UsageBucket,
  type UsageBucketQuery,
  type UsageQuery,
  type UsageRow,
} from '../store.ts';
import { ThreadCalls } from './threads.ts';
import { Maintenance, type MaintenanceTimes } from '../maintenance.ts';

/** Time limit of `close` in milliseconds, so that a stuck disk does not keep the process from ending. */
const CLOSE_MS = 5_000;

/** Options of `StoreClient`. */
export interface ClientOptions {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly retention: Retention;
  readonly maintenance: MaintenanceTimes;
}

/** The store as seen by the serving thread: calls are messages to the writer, reports are messages to the reader. */
export class StoreClient implements Store {
  readonly #writer: ThreadCalls<WriterCalls>;
  readonly #reader: ReportThread;
  readonly #log: Log;
  readonly #queue: LedgerQueue;
  readonly #pageSources: PageSources;
  readonly #maintenance: Maintenance;
  #closing: Promise<void> | null = null;

  /** Takes over a writer that has reported `ready`. */
  constructor(worker: Worker, { directory, now, log, retention, maintenance }: ClientOptions) {
    this.#writer = new ThreadCalls<WriterCalls>(worker, (why) => {
      this.#onDeath(why);
    });
    this.#reader = new ReportThread(readerFor(directory), log);
    this.#log = log;
    this.#queue = new LedgerQueue((rows) => this.#writer.call('writeRows', rows), log);
    this.#pageSources = {
      committed: (query) => this.#reader.call('listRows', query),
      waiting: (before) => this.#queue.waiting(before),
    };
    const trimming = new LedgerRetention(retention, {
      path: databasePath(directory),
      now,
      log,
      trim: (bound) => this.#writer.call('trimLedger', bound),
      newestBeyond: (count) => this.#reader.call('newestBeyond', count),
    });
    this.#maintenance = new Maintenance(trimming, new DailyCopy(directory, now, log), maintenance);
  }

  load(): Promise<StoredState> {
    return this.#callAndWait('load', null);
  }

  assign(change: AssignmentChange): Promise<Committed> {
    return this.assignAll([change]);
  }

  assignAll(changes: readonly AssignmentChange[]): Promise<Committed> {
    return this.#callAndWait('assignAll', changes);
  }

  resetAssignments(change: ResetChange): Promise<Committed & { readonly subjects: readonly string[] }> {
    return this.#callAndWait('resetAssignments', change);
  }

  expireAssignments(change: ExpiryChange): Promise<Committed & { readonly expired: readonly OverrideKey[] }> {
    return this.#callAndWait('expireAssignments', change);
  }

  lastStep(key: OverrideKey, before: number | null): Promise<AssignmentStep | null> {
    return this.#callAndWait('lastStep', { key, before });
  }

  noteConfiguration(change: ConfigurationChange): Promise<Committed> {
    return this.#callAndWait('noteConfiguration', change);
  }

  changeConfiguration(change: StoredChange): Promise<Committed> {
    return this.#callAndWait('changeConfiguration', change);
  }

  async rewrapSecrets(change: RewrapChange): Promise<void> {
    await this.#callAndWait('rewrapSecrets', change);
  }

  async noteValidation(providerId: string, at: string): Promise<void> {
    await this.#callAndWait('noteValidation', { providerId, at });
  }

  async putFootprint(footprint: Footprint): Promise<void> {
    await this.#callAndWait('putFootprint', footprint);
  }

  async putClaim(pool: string, claim: BurstRecord | null): Promise<void> {
    await this.#callAndWait('putClaim', { pool, claim });
  }

  record(row: LedgerRow): void {
    this.#queue.add(row);
  }

  listRequests(query: RequestQuery): Promise<RequestPage> {
    return requestPage(query, this.#pageSources);
  }

  async getRequest(id: string): Promise<LedgerRow | null> {
    return this.#queue.find(id) ?? (await this.#reader.call('getRow', id));
  }

  listAudit(query: AuditQuery): Promise<AuditPage> {
    return this.#reader.call('listAudit', query);
  }

  verifyAudit(): Promise<AuditCheck> {
    return this.#reader.call('verifyAudit', null);
  }

  attemptTotals(span: LedgerSpan): Promise<readonly AttemptTotals[]> {
    return this.#reader.call('attemptTotals', span);
  }

  usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return this.#reader.call('usage', query);
  }

  usageBuckets(query: UsageBucketQuery): Promise<readonly UsageBucket[]> {
    return this.#reader.call('usageBuckets', query);
  }

  status(): StoreStatus {
    const { waiting, dropped, failing } = this.#queue.status();
    const why = this.#writer.closed ?? failing;
    return { available: why === null, why, waitingRows: waiting, droppedRows: dropped };
  }

  setRetention(retention: Retention): void {
    this.#maintenance.setRetention(retention);
  }

  async backUp(): Promise<BackupCopy> {
    const why = this.#closing === null ? this.#writer.closed : 'the store is closed';
    if (why !== null) throw new StoreUnavailable(why);
    return await this.#maintenance.backUp();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const maintenanceEnd = this.#maintenance.close();
    if (this.#writer.closed !== null) {
      await Promise.all([maintenanceEnd, this.#reader.end(this.#writer.closed)]);
      return;
    }
    this.#writer.hold();
    const { promise: timeout, resolve: expire } = Promise.withResolvers<'late'>();
    const timer = setTimeout(expire, CLOSE_MS, 'late');
    const outcome = await Promise.race([this.#closeOrderly(maintenanceEnd), timeout]);
    clearTimeout(timer);
    if (outcome === 'late') {
      // The threads are asked to end, but not waited for.
      void this.#writer.end('the store is closed');
      void this.#reader.end('the store is closed');
      this.#writer.release();
      this.#queue.discard('the database did not respond in time');
      this.#log.error({ waited_ms: CLOSE_MS }, 'the store did not close in time; ledger rows may be lost');
    }
  }

  async #closeOrderly(maintenanceEnd: Promise<void>): Promise<void> {
    await Promise.all([this.#queue.drain(), this.#reader.close(), maintenanceEnd]);
    await this.#writer.idle();
    await this.#writer.end('the store is closed');
  }

  #callAndWait<M extends keyof WriterCalls>(
    method: M,
    argument: WriterCalls[M]['argument'],
  ): Promise<WriterCalls[M]['result']> {
    if (this.#closing !== null) return Promise.reject(new StoreUnavailable('the store is closed'));
    return this.#writer.callAndWait(method, argument);
  }

  #onDeath(why: string): void {
    const last = `the store worker stopped: ${why}`;
    void this.#reader.end(last);
    void this.#maintenance.close();
    if (this.#closing !== null) return;
    this.#log.error(
      { why },
      'the store worker stopped; serving without state until the gateway is restarted',
    );
    this.#queue.discard('the store worker stopped');
  }
}
