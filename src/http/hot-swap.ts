import type { OperatorCall } from '../engines/pool/operator-call.ts';
import type { Override, OverrideKey } from '../protocol/assignment.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { ModelEntry } from '../routing/snapshot.ts';
import { loadFailureReason } from '../util/load-failure.ts';
import { engineSwitchEvent } from './events/engine-events.ts';
import { doneOrThrow } from './engine-result.ts';
import type { HttpPorts } from './ports.ts';

/** The load of a model that a switch needs, begun before the switch. */
export interface HotSwap {
  readonly call: OperatorCall;
  readonly model: ModelEntry;
  readonly key: OverrideKey;
  /** What the switch replaces; null: the default. */
  readonly before: Override | null;
}

/**
 * Waits until the model of a switch serves, and returns how long its load took, in ms; null: it was loaded already. If
 * it cannot be loaded, what was assigned before is put back, and the error of the load is thrown.
 */
export async function untilLoaded(
  { call, model, key, before }: HotSwap,
  registry: Registry,
): Promise<number | null> {
  try {
    return doneOrThrow(await call.result).loadMs;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const reason = `${model.id} could not be loaded: ${loadFailureReason(error.message)}`.slice(
      0,
      REASON_MAX,
    );
    await registry.restore(key, before, reason, () => registry.override(key)?.model === model.id);
    throw new GatewayError(
      error.code,
      `${error.message}; what was active before is active again`,
      error.options,
    );
  }
}

/** Characters of a reason in the audit. */
const REASON_MAX = 500;

/**
 * Waits as `untilLoaded` does, for a caller that has only an id. A pool reports the end of each switch that it has begun;
 * where it did not begin one (the model was loaded already, or its load was refused), the end is published here, with
 * `switchId`. Never rejects.
 */
export async function reportLoaded(
  swap: HotSwap,
  switchId: string,
  { registry, engines, events }: Pick<HttpPorts, 'registry' | 'engines' | 'events'>,
): Promise<void> {
  const to = swap.model.id;
  const reason = await untilLoaded(swap, registry).then(
    () => null,
    (error: unknown) =>
      error instanceof GatewayError ? error.message : `what was active before ${to} could not be restored`,
  );
  if (swap.call.switchId !== null) return;
  const end =
    reason === null
      ? ({ state: 'ready', progress: 1, reason } as const)
      : ({ state: 'failed', progress: 0, reason } as const);
  const pool = engines.poolOf(to)?.name ?? '';
  events.publish('switch', engineSwitchEvent(pool, { switchId, cause: 'operator', from: null, to, ...end }));
}
