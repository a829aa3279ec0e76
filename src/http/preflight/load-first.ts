import type { Engines } from '../../engines/engines.ts';
import type { LeaseAnswer } from '../../protocol/lease.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Clock } from '../../util/clock.ts';
import { loadFailureReason } from '../../util/load-failure.ts';
import { doneOrThrow } from '../engine-result.ts';

/** A load may take half an hour; one that stalls is ended by its pool long before. */
const LONGEST_LOAD_MS = 30 * 60_000;

/** What became of the model of a preflight. */
export type LoadedFirst =
  /** It is in memory, or no pool manages it. `loadMs` null: nothing had to be loaded. */
  | { readonly ok: true; readonly loadMs: number | null }
  /** Why it is not, to follow the target's name. */
  | { readonly ok: false; readonly message: string };

/** A model that is to be in memory, and who waits for it. */
interface LoadRequest {
  readonly target: string;
  /** Cut the requests of models that have to make room, instead of waiting for their end. */
  readonly force: boolean;
  /** Aborted when nobody waits any more; a load that has begun goes on. */
  readonly signal: AbortSignal;
}

/**
 * Has the engine of a target load its model, as a switch or an operator's load would: idle models make room, and the
 * requests of others are waited for. Throws `draining` during a shutdown.
 */
export async function loadFirst(
  { target, force, signal }: LoadRequest,
  { engines, clock }: { readonly engines: Engines; readonly clock: Pick<Clock, 'now'> },
): Promise<LoadedFirst> {
  if (!engines.manages(target) || engines.poolOf(target)?.residency.read().get(target)?.resident === true)
    return { ok: true, loadMs: null };
  if (engines.switchOf(target)?.to === target) {
    const deadline = clock.now() + LONGEST_LOAD_MS;
    // Another caller has begun the load.
    return joined(await engines.acquire(target, null, { background: false, deadline, wait: true, signal }));
  }
  const call = engines.operate('load', target, force);
  if (call === null) return { ok: true, loadMs: null };
  const result = await Promise.race([call.result, aborted(signal)]);
  if (result === null) return { ok: false, message: 'was not waited for: the caller disconnected' };
  try {
    const { loadMs } = doneOrThrow(result);
    return { ok: true, loadMs: loadMs === null ? null : Math.round(loadMs) };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === 'draining') throw error;
    return { ok: false, message: `could not be loaded: ${loadFailureReason(error.message)}` };
  }
}

function joined(answer: LeaseAnswer): LoadedFirst {
  if (answer.kind === 'lease') {
    answer.lease.release();
    return { ok: true, loadMs: null };
  }
  const message = answer.kind === 'refused' ? answer.message : 'is still being loaded';
  return { ok: false, message: `could not be loaded: ${loadFailureReason(message)}` };
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener(
      'abort',
      () => {
        resolve(null);
      },
      { once: true },
    );
  });
}
