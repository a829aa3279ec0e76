import type {
  DriverName,
  EngineModelState,
  EngineState,
  EngineVerb,
  PoolState,
} from '../../protocol/engine.ts';
import type { UnreadableFile } from '../../protocol/model-file.ts';
import type { EngineDriver } from '../driver.ts';
import type { PoolCore } from './core.ts';
import { delayText } from './delay-text.ts';
import { isWanted, type ModelRecord, wantedSince } from './model-record.ts';

/** A pool as `GET /api/pools` and the event `pool` report it. Bytes; absent knowledge is null. */
export interface PoolView {
  readonly name: string;
  readonly budget_bytes: number | null;
  readonly reserve_bytes: number | null;
  readonly used_bytes: number;
  readonly free_bytes: number | null;
  /** Where the budget comes from. */
  readonly source: 'configured' | 'amdgpu' | 'meminfo' | null;
  /** Percent of the last 10 s in which some task waited for memory. */
  readonly pressure: number | null;
  readonly temperature_c: number | null;
  readonly thermal: 'normal' | 'soft' | 'hard';
  readonly state: PoolState;
  /** Why the last switch failed; null unless `failed`. */
  readonly error: string | null;
  readonly switch: PoolSwitchView | null;
  /** The lane that claims the pool, and its model; null: none does. */
  readonly burst: {
    readonly lane: string;
    readonly model: string;
    readonly displaced: readonly string[];
  } | null;
  readonly resident: readonly ResidentModelView[];
  readonly waiting: readonly WaitingModelView[];
}

/** The running switch of a pool. */
export interface PoolSwitchView {
  readonly switch_id: string;
  readonly cause: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly progress: number;
  readonly started_at: string;
}

/** A model in memory. */
export interface ResidentModelView {
  readonly model: string;
  readonly state: EngineModelState;
  readonly bytes: number;
  readonly in_flight: number;
  readonly pinned: boolean;
  readonly loaded_at: string | null;
  readonly last_used_at: string | null;
}

/** A model that requests wait for. */
export interface WaitingModelView {
  readonly model: string;
  readonly requests: number;
  readonly waited_ms: number;
  /** What its last load took; null: never loaded. */
  readonly load_ms: number | null;
  /** What keeps it from being loaded, in words; null: its load is all that it waits for. */
  readonly reason: string | null;
}

/** An engine as `GET /api/engines` reports it. */
export interface EngineView {
  readonly provider: string;
  readonly type: string;
  readonly driver: DriverName;
  readonly state: EngineState;
  readonly version: string | null;
  readonly verbs: readonly EngineVerb[];
  readonly models: readonly EngineModelView[];
  /** Files in its folder that cannot be used; absent: none. */
  readonly unreadable?: readonly UnreadableFile[];
}

/** One model of an engine. */
export interface EngineModelView {
  readonly model_id: string;
  readonly state: EngineModelState;
  readonly estimate_bytes: number | null;
  readonly footprint_bytes: number | null;
  readonly context_length: number | null;
  readonly loaded_at: string | null;
  readonly last_used_at: string | null;
  readonly in_flight: number;
  readonly pinned: boolean;
  readonly error: string | null;
}

/** One moment on both clocks, so that monotonic times can be shown. */
export interface Moment {
  readonly now: number;
  readonly wall: number;
}

/** The view of a pool. */
export function poolView(name: string, core: PoolCore, moment: Moment): PoolView {
  const { table, claims, reading, failure } = core;
  const account = table.account(core.settings);
  const records = [...table.records.values()];
  const claim = claims.current;
  return {
    name,
    budget_bytes: account.budgetBytes,
    reserve_bytes: account.reserveBytes,
    used_bytes: account.usedBytes,
    free_bytes: account.freeBytes,
    source: core.settings.budgetBytes === null ? (reading?.source ?? null) : 'configured',
    pressure: reading?.pressure ?? null,
    temperature_c: reading?.temperatureC ?? null,
    thermal: core.thermal.level,
    state: core.runner.current?.phase ?? (failure === null ? 'ready' : 'failed'),
    error: core.runner.current === null ? (failure?.message ?? null) : null,
    switch: switchView(core, moment),
    burst: claim === null ? null : { lane: claim.lane, model: claim.target, displaced: claim.displaced },
    resident: records
      .filter(({ bytes, state }) => bytes > 0 || state === 'loaded')
      .map((each) => residentView(each, moment)),
    waiting: records
      .filter((each) => each.state !== 'loaded' && isWanted(each))
      .map((each) => ({
        model: each.model.target,
        requests: each.waiters.size,
        waited_ms: Math.round(moment.now - (wantedSince(each) ?? moment.now)),
        load_ms: table.loadMs(each.model.target),
        reason: delayText(core, each, moment.now),
      })),
  };
}

function switchView({ runner, table }: PoolCore, { now, wall }: Moment): PoolSwitchView | null {
  const state = runner.current;
  if (state === null) return null;
  // While it drains: a model whose requests it waits for.
  const busy = state.evict.find((target) => (table.records.get(target)?.inFlight ?? 0) > 0);
  return {
    switch_id: state.id,
    cause: state.cause,
    from: busy ?? state.gone[0] ?? state.evict[0] ?? null,
    to: state.target,
    progress: runner.progress,
    started_at: new Date(wall - (now - state.startedAt)).toISOString(),
  };
}

function residentView(record: ModelRecord, moment: Moment): ResidentModelView {
  return {
    model: record.model.target,
    state: record.state,
    bytes: record.bytes,
    in_flight: record.inFlight,
    pinned: record.model.pinned,
    loaded_at: isoOf(record.loadedAt, moment),
    last_used_at: isoOf(record.lastUsedAt, moment),
  };
}

/** What an engine's view needs besides the pool. */
export interface EngineFacts {
  readonly provider: string;
  readonly type: string;
  readonly version: string | null;
  readonly driver: Pick<EngineDriver, 'name' | 'state' | 'verbs'>;
}

/** The view of an engine; models without a name in the configuration are not listed. */
export function engineView(
  { provider, type, version, driver }: EngineFacts,
  core: PoolCore,
  moment: Moment,
): EngineView {
  const records = [...core.table.records.values()].filter(({ model }) => model.provider === provider);
  const models = records.map((record) => ({
    model_id: record.model.modelId,
    state: record.state,
    ...core.table.known(record),
    context_length: record.contextLength,
    loaded_at: isoOf(record.loadedAt, moment),
    last_used_at: isoOf(record.lastUsedAt, moment),
    in_flight: record.inFlight,
    pinned: record.model.pinned,
    error: record.error,
  }));
  return { provider, type, driver: driver.name, state: driver.state, version, verbs: driver.verbs, models };
}

function isoOf(at: number | null, { now, wall }: Moment): string | null {
  return at === null ? null : new Date(wall - (now - at)).toISOString();
}
