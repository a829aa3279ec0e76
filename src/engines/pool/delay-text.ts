import type { ThermalState } from '../sensors/thermal.ts';
import { keepsWaiting, type ModelRecord } from './model-record.ts';
import type { ModelTable } from './model-table.ts';
import type { Claims } from './requests/claims.ts';
import { candidate, isLoadable } from './schedule/candidates.ts';
import { type HeldRoom, holdupOf } from './schedule/holdup.ts';
import type { Candidate, ScheduleView } from './schedule/schedule-view.ts';
import type { PoolSettings } from './settings.ts';
import { isBlocked } from './switch/ladder.ts';
import type { SwitchRunner } from './switch/switch-runner.ts';
import type { SwitchState } from './switch/switch-state.ts';

/** What decides why a model is not loaded yet. */
export interface DelayParts {
  readonly table: ModelTable;
  readonly claims: Claims;
  readonly runner: Pick<SwitchRunner, 'current' | 'progress' | 'isClosing'>;
  readonly settings: PoolSettings;
  readonly thermal: ThermalState;
  scheduleView(now: number): ScheduleView;
}

/** More models than that are counted, not named. */
const NAMED_MAX = 2;

/**
 * Why requests for a model wait, as one phrase for an operator or a client; null: its load is all that they wait for, or
 * nothing is. `isAsked`: as if one more request waited for it now. `now`: monotonic ms.
 */
export function delayText(
  pool: DelayParts,
  record: ModelRecord,
  now: number,
  isAsked = false,
): string | null {
  const { runner, thermal, settings } = pool;
  const running = runner.current;
  const isLoaded = record.state === 'loaded' && !runner.isClosing(record.model.target);
  if (running !== null && !isLoaded) return switchText(pool, record, running);
  if (thermal.level === 'hard')
    return `the machine is above its hard limit${degrees(settings.hardC)}: no request and no load begins`;
  if (isLoaded) return crowdText(pool, record, now);
  return recordText(pool, record, now) ?? holdupText(pool, record, now, isAsked);
}

/** Of a switch that has to end first, for this model or another. */
function switchText(
  { table, runner }: DelayParts,
  { model }: ModelRecord,
  { target, phase, subject, evict, gone }: SwitchState,
): string | null {
  if (target === null) return `${subject ?? evict.join(', ')} is unloaded first`;
  if (target !== model.target) return `${target} is loaded first (${Math.floor(runner.progress * 100)} %)`;
  if (phase === 'draining') {
    const busy = evict.flatMap((each) => {
      const inFlight = table.records.get(each)?.inFlight ?? 0;
      return inFlight === 0 ? [] : `${each} still answers ${requests(inFlight)}`;
    });
    return busy.length === 0 ? null : joined(busy);
  }
  if (phase === 'unloading' && subject !== null) return `${subject} is being unloaded`;
  if (phase === 'settling' && gone.length > 0) return `the memory of ${gone.join(', ')} is not free yet`;
  return null;
}

/** Of a model in memory, some of whose requests wait. */
function crowdText(
  { table, thermal, settings }: DelayParts,
  record: ModelRecord,
  now: number,
): string | null {
  if (record.waiters.size === 0) return null;
  if (thermal.level === 'soft')
    return `the machine is above its soft limit${degrees(settings.softC)}: fewer requests begin at once`;
  const other = [...table.records.values()].find(
    (each) => each !== record && keepsWaiting(each) && isLoadable(each, table, now),
  );
  return other === undefined ? null : `${other.model.target} waits for the memory of ${record.model.target}`;
}

/** What is known of the model alone. */
function recordText({ table, claims }: DelayParts, record: ModelRecord, now: number): string | null {
  const { model, state, loads, notBefore } = record;
  if (state === 'loading' || state === 'unloading') return `its engine is ${state} it`;
  if (table.engines.get(model.provider)?.known === false)
    return 'its engine has not said yet which models it holds';
  if (isBlocked(loads, now))
    return `its last load failed, and the next one may begin in ${seconds(loads.blockedUntil - now)}`;
  const claim = claims.current;
  if (claim !== null && claim.target !== model.target)
    return `lane "${claim.lane}" has claimed the pool for ${claim.target}`;
  if (record.postponed > 0 && now < notBefore)
    return `requests of other models did not end in time, and the next try is in ${seconds(notBefore - now)}`;
  return null;
}

function holdupText(pool: DelayParts, record: ModelRecord, now: number, isAsked: boolean): string | null {
  const view = pool.scheduleView(now);
  const holdup = holdupOf(view, candidateOf(pool, record, view, isAsked));
  if (holdup === null) return null;
  switch (holdup.kind) {
    case 'turn':
      return `${holdup.first.target} has waited for longer and is loaded first`;
    case 'no_room':
      return 'the models that have to stay in memory leave no room for it';
    case 'memory':
      return joined(holdup.held.map((each) => heldText(pool, each, now)));
  }
}

function candidateOf(
  { table, claims }: DelayParts,
  record: ModelRecord,
  { candidates, now }: ScheduleView,
  isAsked: boolean,
): Candidate {
  const { target } = record.model;
  const wanted = candidates.find((each) => each.target === target && each.cause !== 'return');
  if (wanted !== undefined && !(isAsked && wanted.idleOnly)) return wanted;
  const cause = claims.current === null ? 'request' : 'burst';
  return { ...candidate(record, cause, table, now), idleOnly: false, background: false };
}

function heldText({ settings, claims }: DelayParts, held: HeldRoom, now: number): string {
  const { resident, obstacle, until } = held;
  const { target, inFlight, lastUsedAt } = resident;
  const limit =
    until === Infinity
      ? ''
      : `; after another ${seconds(until - now)} it begins no new requests (max_wait_s)`;
  switch (obstacle.kind) {
    case 'claimed':
      return `lane "${claims.current?.lane ?? ''}" has claimed the pool for ${target}`;
    case 'residency':
      return `${target} stays in memory for another ${seconds(until - now)} (min_residency_s)`;
    case 'busy':
      return `${target} answers ${requests(inFlight)}${limit}`;
    case 'hot':
      return `the machine is above its soft limit${degrees(settings.softC)}: ${target} is not swapped yet${limit}`;
    case 'not_worth':
      return `its requests were answered elsewhere, and are too few to unload ${target} for`;
    case 'recent': {
      const why = obstacle.isOverBudget ? ', since too much of the last ten minutes went into swaps' : '';
      const used = `${target} was in use ${seconds(now - lastUsedAt)} ago`;
      return `${used} and stays in memory for another ${seconds(until - now)}${why}`;
    }
  }
}

function joined(texts: readonly string[]): string {
  const more = texts.length - NAMED_MAX;
  return texts.slice(0, NAMED_MAX).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function requests(count: number): string {
  return count === 1 ? '1 request' : `${count} requests`;
}

function degrees(limit: number | null): string {
  return limit === null ? '' : ` of ${limit} °C`;
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))} s`;
}
