import type { LoadSettings } from '../../../protocol/engine.ts';
import type { ModelRecord } from '../model-record.ts';
import type { PoolEngine } from '../settings.ts';
import type { SwitchCause, SwitchLimits, SwitchPlan } from './switch-state.ts';

/** Requests in flight get so long before a switch is postponed; doubled with each postponement in a row. */
const DRAIN_MS = 60_000;
/** Longer than any request runs. */
const LONGEST_DRAIN_MS = 3_600_000;
const SETTLE_MS = 30_000;
/** Whatever signs of life a load gives. */
const LOAD_MS = 1_800_000;
const PROBE_MS = 15_000;
const CUT_MS = 5_000;
/** Drivers have deadlines of their own and know better what went wrong: theirs come first. */
const STALL_MARGIN_MS = 5_000;
const STOP_MARGIN_MS = 45_000;
/** The part of the memory seen to be taken by a load that has to come back. */
const FALL_SHARE = 0.8;
/** Less than this is lost among what other programs do. */
const LEAST_FALL = 64 * 2 ** 20;
const DEFAULT_STOP_MS = 10_000;
const DEFAULT_STALL_MS = 60_000;

/** What a switch is made for. */
export interface Order {
  readonly id: string;
  readonly cause: SwitchCause;
  /** null: only unload. */
  readonly target: ModelRecord | null;
  /** null: the target is resident. */
  readonly settings: LoadSettings | null;
  readonly evict: readonly ModelRecord[];
  readonly forced: boolean;
}

/** The plan of a switch, with its deadlines. */
export function planOf(
  order: Order,
  engineOf: (record: ModelRecord) => PoolEngine | null,
): Omit<SwitchPlan, 'firstStep'> {
  const { id, cause, target, settings, evict, forced } = order;
  return {
    id,
    cause,
    target: target?.model.target ?? null,
    settings,
    evict: evict.map(({ model }) => model.target),
    forced,
    expectedFallBytes: expectedFall(evict),
    limits: limitsOf(order, engineOf),
  };
}

/** Only what was seen to be taken can be seen to come back. */
function expectedFall(evict: readonly ModelRecord[]): number {
  const seen = evict.reduce((sum, { bytes, observedBytes }) => sum + Math.min(bytes, observedBytes ?? 0), 0);
  return seen < LEAST_FALL ? 0 : seen * FALL_SHARE;
}

function limitsOf(
  { target, evict }: Order,
  engineOf: (record: ModelRecord) => PoolEngine | null,
): SwitchLimits {
  const engine = target === null ? null : engineOf(target);
  const stops = evict.map((record) => engineOf(record)?.stopMs ?? DEFAULT_STOP_MS);
  return {
    drainMs: Math.min(DRAIN_MS * 2 ** (target?.postponed ?? 0), LONGEST_DRAIN_MS),
    cutMs: CUT_MS,
    unloadMs: Math.max(DEFAULT_STOP_MS, engine?.stopMs ?? 0, ...stops) + STOP_MARGIN_MS,
    settleMs: SETTLE_MS,
    stallMs: (engine?.stallMs ?? DEFAULT_STALL_MS) + STALL_MARGIN_MS,
    loadMs: LOAD_MS,
    stopMs: (engine?.stopMs ?? DEFAULT_STOP_MS) + STOP_MARGIN_MS,
    probeMs: PROBE_MS,
  };
}
