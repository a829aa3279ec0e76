import type { ModelRecord } from './model-record.ts';
import type { ModelTable } from './model-table.ts';
import { type PoolEffect, refusalOf } from './pool-effect.ts';
import type { Claims } from './requests/claims.ts';
import type { Requests } from './requests/requests.ts';
import type { SwapLog } from './switch/swap-log.ts';
import { type FinishedSwitch, newsOf, type SwitchRunner } from './switch/switch-runner.ts';
import type { SwitchFailure, SwitchState } from './switch/switch-state.ts';
import { reasonOf, reportOf } from './switch/switch-texts.ts';

/** Why a switch failed. `until`: monotonic ms, until which its model is not loaded for requests. */
export interface FailedSwitch {
  readonly target: string | null;
  readonly message: string;
  readonly until: number;
}

/** The parts of a pool that the end of a switch changes. */
export interface SwitchEndParts {
  readonly table: ModelTable;
  readonly claims: Claims;
  readonly runner: Pick<SwitchRunner, 'progress' | 'loadMs'>;
  readonly swaps: SwapLog;
  readonly requests: Pick<Requests, 'refuse'>;
  readonly out: PoolEffect[];
}

/** After a postponed switch the models that were to go serve for so long, before the next try. */
const POSTPONED_MS = 30_000;
/** Nothing is tried again before something can have changed. */
const CANCELLED_MS = 1_000;

/** Takes over how a switch has ended. Returns why it failed; null: it did not, or only unloaded models. */
export function endSwitch(
  pool: SwitchEndParts,
  { last, outcome }: FinishedSwitch,
  now: number,
): FailedSwitch | null {
  const { table, claims, swaps, runner, out } = pool;
  const record = last.target === null ? undefined : table.records.get(last.target);
  if (last.gone.length > 0 && last.target !== null) swaps.add(last.startedAt, now);
  if (last.cause === 'return' && last.target !== null) claims.returned(last.target);
  let failed: FailedSwitch | null = null;
  if (outcome.kind === 'ready') {
    if (record !== undefined) {
      record.postponed = 0;
      record.interest = null;
      claims.returned(record.model.target);
    }
  } else if (outcome.kind === 'failed') {
    if (record !== undefined) failed = fail(pool, record, last, outcome.failure, now);
  } else if (outcome.kind === 'postponed') {
    postpone(table, last.evict, record, now);
  } else if (record !== undefined) record.notBefore = now + CANCELLED_MS;
  out.push(reportOf(last, outcome, runner.loadMs));
  const reason = outcome.kind === 'ready' ? null : reasonOf(last, outcome);
  const progress = outcome.kind === 'ready' ? 1 : runner.progress;
  out.push({ type: 'news', news: newsOf(last, reason === null ? 'ready' : 'failed', progress, reason) });
  out.push({ type: 'finished', switchId: last.id, outcome, loadMs: runner.loadMs });
  return failed;
}

function fail(
  { table, claims, requests }: SwitchEndParts,
  record: ModelRecord,
  last: SwitchState,
  failure: SwitchFailure,
  now: number,
): FailedSwitch {
  const { target } = record.model;
  if (failure.kind === 'aborted') {
    // Its engine ends, since its settings have changed: who waits for the model waits for the next one.
    record.notBefore = now + CANCELLED_MS;
    return { target, message: failure.message, until: now };
  }
  const tried = failure.kind !== 'unreachable' && (last.phase !== 'unloading' || last.failure !== null);
  if (record.state !== 'loaded') table.noteFailedSwitch(record, failure, tried, now);
  const until = Math.max(now, record.loads.blockedUntil);
  requests.refuse(record, refusalOf(failure, until - now));
  if (claims.current?.target === target) claims.end(now);
  return { target, message: failure.message, until };
}

function postpone(
  table: ModelTable,
  evict: readonly string[],
  record: ModelRecord | undefined,
  now: number,
): void {
  for (const target of evict) {
    const resident = table.records.get(target);
    if (resident !== undefined) resident.begun = 0;
  }
  if (record === undefined) return;
  record.postponed += 1;
  record.notBefore = now + POSTPONED_MS;
}
