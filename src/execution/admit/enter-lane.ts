import { GatewayError } from '../../protocol/errors.ts';
import type { LaneEntry, Snapshot } from '../../routing/snapshot.ts';
import type { ExecutionPorts } from '../ports.ts';
import type { RequestContext } from '../request-context.ts';
import { retryAfterSeconds } from '../respond/error-reply.ts';
import type { Gate, Held } from './gate.ts';
import { usageOf } from './limiter.ts';
import type { RefusalCode } from './target-gate.ts';
import { entrantOf, inSeconds, waitForRoom } from './waiting.ts';

/** A request that may go on; `held` is its room in the lane, null: the lane has no limit any more. */
export type LaneEntering =
  { readonly kind: 'entered'; readonly held: Held | null } | { readonly kind: 'client_gone' };

/**
 * Gets room in a lane that limits its requests, waiting for it if necessary. Throws `queue_full`, `queue_timeout` or
 * `draining`.
 */
export async function enterLane(
  context: RequestContext,
  lane: LaneEntry,
  snapshot: Snapshot,
  { limiter, clock }: Pick<ExecutionPorts, 'limiter' | 'clock'>,
): Promise<LaneEntering> {
  for (;;) {
    const gate = limiter.laneGate(lane);
    if (gate === null) return { kind: 'entered', held: null };
    const held = gate.tryEnter();
    if (held !== null) return { kind: 'entered', held };
    const usage = usageOf(gate);
    const entrant = entrantOf(context, lane, snapshot);
    const withinMs = entrant.queue.waitMs - context.waitedMs;
    const end = await waitForRoom(context, entrant, [gate], { withinMs, now: clock.now });
    context.trace.phaseEnded('admit', clock.now());
    const refuse = (code: RefusalCode, words: string): GatewayError => {
      limiter.countRefusal('lane', lane.name, code);
      return noRoom(code, `lane "${lane.name}" had no room (${usage}; ${words})`, gate);
    };
    const waited = inSeconds(context.waitedMs);
    switch (end.kind) {
      case 'entered':
        context.trace.warn({ code: 'waited', detail: `${waited} for room in lane ${lane.name}` });
        return { kind: 'entered', held: end.held };
      case 'opened':
        continue;
      case 'client_gone':
        return end;
      case 'queue_full':
        throw refuse(end.kind, 'no more requests may wait');
      case 'late':
        throw refuse('queue_timeout', `waited ${waited}`);
      case 'aborted':
        throw noRoom(
          'draining',
          `the gateway is shutting down; the request waited for lane "${lane.name}"`,
          gate,
        );
    }
  }
}

function noRoom(code: RefusalCode | 'draining', message: string, gate: Gate): GatewayError {
  return new GatewayError(code, message, { retryAfterS: retryAfterSeconds(gate.expectedWaitMs()) });
}
