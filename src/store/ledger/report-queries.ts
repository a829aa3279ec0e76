import type { Database } from '../files/database.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import type {
  AttemptTotals,
  AuditCheck,
  AuditPage,
  AuditQuery,
  LedgerSpan,
  RequestQuery,
  UsageBucket,
  UsageBucketQuery,
  UsageQuery,
  UsageRow,
} from '../store.ts';
import { verifyChain } from '../audit/audit-chain.ts';
import { AuditReader, auditSubject } from '../tables/audit-log.ts';
import { RequestReader } from '../tables/requests.ts';

/** Reads reports on ledger and audit; works on a read-only connection. */
export class Reports {
  readonly #database: Database;
  readonly #requests: RequestReader;
  readonly #audit: AuditReader;

  constructor(database: Database) {
    this.#database = database;
    this.#requests = new RequestReader(database);
    this.#audit = new AuditReader(database);
  }

  /** Committed rows, newest first. */
  listRows(query: RequestQuery): LedgerRow[] {
    return this.#requests.newest(query);
  }

  getRow(id: string): LedgerRow | null {
    return this.#requests.find(id);
  }

  listAudit(query: AuditQuery): AuditPage {
    const rows = this.#audit.newest({ ...query, limit: query.limit + 1 });
    const page = rows.slice(0, query.limit);
    const entries = page.map(({ user, subject, ...row }) => ({
      ...row,
      subject: auditSubject({ user, subject }),
    }));
    return { entries, next: rows.length > query.limit ? (entries.at(-1)?.seq ?? null) : null };
  }

  verifyAudit(): AuditCheck {
    return verifyChain(this.#database);
  }

  usage(query: UsageQuery): UsageRow[] {
    return this.#requests.usage(query);
  }

  usageBuckets(query: UsageBucketQuery): UsageBucket[] {
    return this.#requests.usageBuckets(query);
  }

  attemptTotals(span: LedgerSpan): AttemptTotals[] {
    return this.#requests.attemptTotals(span);
  }

  /** The number of the newest request that is not among the newest `count`; null if there are not more than `count`. */
  newestBeyond(count: number): number | null {
    return this.#requests.newestBeyond(count);
  }
}
