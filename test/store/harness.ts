import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { ChainedRow } from '../../src/store/audit/audit-chain.ts';
import type { Log } from '../../src/protocol/log.ts';
import { openStore } from '../../src/store/open.ts';
import type { AssignmentChange } from '../../src/protocol/assignment.ts';
import type { LedgerAttempt, LedgerRow } from '../../src/protocol/ledger.ts';
import type { ConfigurationChange, RequestQuery, Store } from '../../src/store/store.ts';
import { requestId, requestNumberAt } from '../../src/util/request-id.ts';

// Workers and children share a compile cache, which halves their start time.
enableCompileCache();

export const AT = '2026-01-01T00:00:00.000Z';

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface LogLine {
  readonly level: 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that a test can read. */
export function readableLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return {
    lines,
    info: () => undefined,
    warn: (fields, message) => lines.push({ level: 'warn', message, fields }),
    error: (fields, message) => lines.push({ level: 'error', message, fields }),
  };
}

/** Opens a store that is closed after the test. */
export async function openForTest(directory: string, log: Log = readableLog()): Promise<Store> {
  const store = await openStore({ directory, log });
  onTestFinished(() => store.close());
  return store;
}

/** A switch of `evaluate` to a model of that number. */
export function numberedSwitch(number: number, changes: Partial<AssignmentChange> = {}): AssignmentChange {
  return {
    user: null,
    subject: 'evaluate',
    to: { model: `groq/model-${number}`, lane: null, settings: null },
    expiresAt: null,
    fromLabel: `groq/model-${number - 1}`,
    toLabel: `groq/model-${number}`,
    action: 'switch',
    undoes: null,
    reason: null,
    actor: 'local',
    at: AT,
    ...changes,
  };
}

/** A configuration of that fingerprint. */
export function configuration(
  fingerprint: string,
  at: string,
  summary: string | null = null,
): ConfigurationChange {
  return { fingerprint, actor: 'local', summary, at };
}

/** A query for a page of requests, with optional filters. */
export function page(
  limit: number,
  before: string | null = null,
  filters: Partial<RequestQuery> = {},
): RequestQuery {
  return { limit, before, node: null, lane: null, target: null, state: null, ...filters };
}

/** The id of a request of that number; higher numbers have later ids. `at` is ISO 8601. */
export function rowId(number: number, at = AT): string {
  return requestId(requestNumberAt(Date.parse(at)) + number, 'test');
}

/** A settled request through node `evaluate`, with one attempt. */
export function ledgerRow(id: string, changes: Partial<LedgerRow> = {}): LedgerRow {
  return {
    id,
    state: 'settled',
    startedMs: Date.parse(AT),
    durationMs: 412.5,
    endpoint: '/v1/chat/completions',
    wire: 'openai-chat',
    requested: 'node:evaluate',
    node: 'evaluate',
    lane: null,
    target: 'groq/quick',
    generation: 1,
    user: null,
    clientRequestId: null,
    rule: null,
    stream: true,
    status: 200,
    attempts: [ledgerAttempt(1)],
    inputTokens: 12,
    outputTokens: 40,
    cachedInputTokens: null,
    reasoningTokens: null,
    usageEstimated: false,
    phases: '210,95,230,,,,,,',
    plan: '[]',
    warnings: '[]',
    error: null,
    ...changes,
  };
}

export function ledgerAttempt(n: number, changes: Partial<LedgerAttempt> = {}): LedgerAttempt {
  return {
    n,
    target: 'groq/quick',
    class: null,
    status: 200,
    startMs: 1.5,
    firstByteMs: 80,
    firstTokenMs: 95.25,
    durationMs: 400,
    possibleDuplicate: false,
    retryAfterMs: null,
    message: null,
    ...changes,
  };
}

/** Reads or changes a state file directly, as a person with a SQLite shell would. Any store on it must be closed. */
export function withDatabase<T>(directory: string, use: (database: Sqlite.Database) => T): T {
  const database = new Sqlite(join(directory, 'laneway.db'));
  try {
    return use(database);
  } finally {
    database.close();
  }
}

export type AuditRow = ChainedRow & { readonly hash: string };

/** The audit rows in order, as they are stored. */
export function auditOf(directory: string): AuditRow[] {
  return withDatabase(directory, (database) =>
    database.prepare<[], AuditRow>('SELECT * FROM audit_log ORDER BY seq').all(),
  );
}

/** The result of SQLite's integrity check of the file. */
export function integrityOf(directory: string): unknown {
  return withDatabase(directory, (database) => database.pragma('integrity_check', { simple: true }));
}

/** Name, content and modification time of every file in a folder except the lock file. */
export function filesIn(directory: string): unknown[] {
  return readdirSync(directory)
    .filter((name) => name !== 'lock.db')
    .toSorted()
    .map((name) => {
      const path = join(directory, name);
      const { mtimeMs, size, mode } = statSync(path);
      return { name, size, mode, mtimeMs, bytes: readFileSync(path).toString('base64') };
    });
}

/** A process of its own that runs one job of `child.ts`. */
export class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown>;

  /** `prefix` is a command that starts it, such as one that limits file sizes. */
  constructor(job: string, directory: string, prefix: readonly string[] = []) {
    const script = fileURLToPath(new URL('./child.ts', import.meta.url));
    const [command = '', ...parameters] = [...prefix, process.execPath, script, job, directory];
    const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: getCompileCacheDir() };
    this.process = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'], env });
    this.#exit = once(this.process, 'exit');
    if (this.process.stdout === null) throw new Error('the child has no output');
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** The next line it prints; undefined after its last. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  /** Reads lines up to this one. */
  async until(wanted: string): Promise<void> {
    for (let line = await this.line(); line !== wanted; line = await this.line()) {
      if (line === undefined) throw new Error(`the child ended before it printed ${wanted}`);
    }
  }

  /** kill -9; waits until the process has ended. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#exit;
  }

  async exitCode(): Promise<number | null> {
    await this.#exit;
    return this.process.exitCode;
  }
}

/** Starts a child that is killed after the test. */
export function startChild(job: string, directory: string, prefix: readonly string[] = []): Child {
  const child = new Child(job, directory, prefix);
  onTestFinished(() => child.kill());
  return child;
}
