import { GatewayError } from '../../protocol/errors.ts';
import { inWords } from '../../protocol/failure.ts';
import { Affinity } from '../../routing/affinity.ts';
import { CallStates } from '../../routing/call-states.ts';
import { Health } from '../../routing/health.ts';
import type { Plan, PlanEntry } from '../../routing/plan.ts';
import { reasonOf } from '../../routing/reason.ts';
import type { Deadlines, DeadlinesByPlace, Snapshot } from '../../routing/snapshot.ts';
import type { Surface } from '../../wire/surface.ts';
import type { AnyWire } from '../../wire/wires.ts';
import type { Held } from '../admit/gate.ts';
import { RequestBody } from '../admit/request-body.ts';
import type { AttemptEnd } from '../attempt/attempt-context.ts';
import { enterTarget } from '../attempt/enter-target.ts';
import { attemptOrRetry } from '../attempt/retry.ts';
import type { ExecutionPorts } from '../ports.ts';
import { RequestContext } from '../request-context.ts';
import { ClientReply } from '../respond/client-reply.ts';
import { PREFLIGHT_MS } from '../timeouts.ts';
import { SilentClient } from './silent-client.ts';

/** A short request to one target before it takes traffic. */
export interface PreflightRequest {
  /** Of the call that caused it, for the log. */
  readonly id: string;
  readonly wire: AnyWire;
  readonly surface: Surface;
  /** A small JSON body of this wire. */
  readonly body: Buffer;
  /** The plan that the body has after the switch, and the entry of it that is tested. */
  readonly plan: Plan;
  readonly entry: PlanEntry;
  /** The snapshot of the plan. */
  readonly snapshot: Snapshot;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** What came of a preflight. */
export interface PreflightResult {
  readonly ok: boolean;
  /** The upstream's status; null: it did not answer, or was not asked. */
  readonly status: number | null;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Milliseconds to the first content; null without one, and for replies that are not streamed. */
  readonly firstTokenMs: number | null;
  /** Why it failed, to follow the target's name; null when it succeeded. */
  readonly message: string | null;
}

/**
 * Sends one short request to one target through the same exchange, connection and deadlines as any other, but without
 * fallback, ledger row, metrics or effect on the health of the target. Takes at most `PREFLIGHT_MS` after the connect
 * deadline. Throws `draining` during a shutdown.
 */
export async function runPreflight(asked: PreflightRequest, ports: ExecutionPorts): Promise<PreflightResult> {
  ports.admission.admit(0);
  const { plan, entry, snapshot } = asked;
  if (!entry.eligible) return failed(reasonOf(entry, plan.facts, ports.clock.now()) ?? 'was passed over');
  const { context, receivedAt } = contextOf(asked, ports);
  const request = asked.wire.scan(asked.body);
  context.body.keep(request);
  const totalMs = PREFLIGHT_MS + (entry.link.lane?.deadlines ?? snapshot.deadlines).connectMs;
  const run = {
    ...{ context, plan, totalMs, totalAt: receivedAt + totalMs },
    snapshot: { ...snapshot, deadlines: bounded(snapshot.deadlines) },
    ports: uncounted(ports),
  };
  let end: AttemptEnd | null;
  let held: Held | null = null;
  try {
    if (ports.gate.concerns(entry.link.target, plan.lane)) {
      const entering = await enterTarget(run, [entry], 0);
      if (entering.kind === 'refused') return failed([...entering.refusal.targets.values()].join());
      if (entering.kind === 'unavailable') return failed(inWords(entering.failure));
      if (entering.kind !== 'entered') return failed(messageOf(entering) ?? '');
      ({ held } = entering);
    }
    end = await attemptOrRetry(run, withBoundedDeadlines(entry));
  } catch (error) {
    if (error instanceof GatewayError) return failed(`cannot serve it (${error.message})`);
    throw error;
  } finally {
    held?.leave();
    context.body.release();
  }
  const attempt = context.trace.attempts.at(-1);
  return {
    ok: end?.kind === 'answered',
    status: attempt?.status ?? null,
    durationMs: Math.round(ports.clock.now() - receivedAt),
    firstTokenMs: attempt?.firstTokenMs == null ? null : Math.round(attempt.firstTokenMs),
    message: messageOf(end),
  };
}

function failed(message: string): PreflightResult {
  return { ok: false, status: null, durationMs: 0, firstTokenMs: null, message };
}

function messageOf(end: AttemptEnd | null): string | null {
  switch (end?.kind) {
    case undefined:
      return 'is not in the model list of its server';
    case 'answered':
      return null;
    case 'client_gone':
      return 'was not waited for: the caller disconnected';
    case 'failed':
    case 'broken':
      return inWords(end.failure);
  }
}

function contextOf(
  { id, wire, surface, body, signal, plan }: PreflightRequest,
  { clock, admission }: ExecutionPorts,
): { readonly context: RequestContext; readonly receivedAt: number } {
  const receivedAt = clock.now();
  const incoming = {
    ...{ id, wire, surface, receivedAt },
    endpoint: 'preflight',
    reply: new ClientReply(new SilentClient(signal)),
    authenticatedAt: receivedAt,
    wallStart: clock.wall(),
    routing: { node: plan.node?.name ?? null, lane: null, hints: [], noFallback: true },
    forwardedHeaders: {},
    hop: 0,
    ...{ user: null, clientRequestId: null, replyHeaders: [] },
  };
  const held = new RequestBody(body, admission.reserve(body.length));
  return { context: new RequestContext(incoming, held, receivedAt), receivedAt };
}

/** The same ports, with nothing that would count the request for or against its target. */
function uncounted(ports: ExecutionPorts): ExecutionPorts {
  const { clock, listings } = ports;
  return {
    ...ports,
    health: new Health(() => 0.5),
    affinity: new Affinity(clock.now),
    callStates: new CallStates(clock.now),
    switchWatch: { isActive: false, noteAttempt: () => undefined },
    listings: {
      isFresh: (id) => listings.isFresh(id),
      refresh: (id, withinMs) => listings.refresh(id, withinMs),
      noteBegan: (model) => {
        listings.noteBegan(model);
      },
      current: (model) => listings.current(model),
      invalidate: () => undefined,
      learnBound: () => undefined,
      noteServed: () => undefined,
    },
  };
}

function withBoundedDeadlines(entry: PlanEntry): PlanEntry {
  const { link } = entry;
  if (link.lane === null) return entry;
  const lane = { ...link.lane, deadlines: bounded(link.lane.deadlines) };
  return { ...entry, link: { ...link, lane } };
}

function bounded(deadlines: DeadlinesByPlace): DeadlinesByPlace {
  return { ...atMost(deadlines), local: atMost(deadlines.local) };
}

function atMost(deadlines: Deadlines): Deadlines {
  return { ...deadlines, firstTokenMs: Math.min(deadlines.firstTokenMs, PREFLIGHT_MS) };
}
