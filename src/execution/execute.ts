import { GatewayError } from '../protocol/errors.ts';
import { inWords, type Failure } from '../protocol/failure.ts';
import type { Outcome } from '../protocol/ledger.ts';
import type { Plan } from '../routing/plan.ts';
import { describeChain, emptyPlanError } from '../routing/reason.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { ScannedRequest } from '../wire/exchange.ts';
import { enterLane } from './admit/enter-lane.ts';
import { attemptTargets, type FallbackResult } from './attempt/fallback.ts';
import { noEndpointAnyway } from './attempt/missing-endpoint.ts';
import { planRequest } from './plan-request.ts';
import { traceUnread } from './record/trace-unread.ts';
import type { ExecutionPorts } from './ports.ts';
import type { RequestContext } from './request-context.ts';
import { failureError, sendError } from './respond/error-reply.ts';
import { withWaysOut } from './respond/no-provider.ts';
import { sendOwnReply } from './respond/own-reply.ts';
import { RequestHeartbeat } from './respond/request-heartbeat.ts';

/**
 * Carries one request through the phases, from read to record. Never rejects: every error is sent to the client, and
 * the record phase always runs once.
 */
export async function execute(context: RequestContext, ports: ExecutionPorts): Promise<void> {
  ports.recorder.began(context);
  try {
    context.trace.ended(await runPhases(context, ports));
  } catch (error) {
    reportError(context, error, ports);
    context.trace.ended(context.incoming.reply.disconnected ? 'client_closed' : 'failed');
  } finally {
    context.body.release();
    ports.recorder.ended(context);
  }
}

async function runPhases(context: RequestContext, ports: ExecutionPorts): Promise<Outcome> {
  const { clock } = ports;
  const { incoming, body, trace } = context;
  let request: ScannedRequest;
  try {
    const scan = ports.bodies.scan(incoming.wire, body.received, incoming.reply, incoming.contentType);
    // Only a large body is scanned elsewhere; an await costs a turn of the microtask queue.
    request = scan instanceof Promise ? await scan : scan;
  } catch (error) {
    traceUnread(context, ports.snapshot(incoming.user));
    throw error;
  }
  body.keep(request);
  const readAt = clock.now();
  trace.phaseEnded('read', readAt);

  const snapshot = ports.snapshot(incoming.user);
  const plan = makePlan(context, request, snapshot, readAt, ports);
  trace.phaseEnded('resolve', clock.now());

  ports.admission.admit(incoming.hop);
  const admittedAt = clock.now();
  trace.phaseEnded('admit', admittedAt);

  const empty = emptyPlanError(plan, admittedAt);
  if (empty !== null) {
    throw (
      noEndpointAnyway({ context, snapshot, ports }, plan, request) ?? withWaysOut(empty, snapshot, ports)
    );
  }
  const own = incoming.wire.ownReply?.(request, clock.wall()) ?? null;
  if (own !== null) {
    sendOwnReply(context, own);
    return 'settled';
  }
  // Of a direct call nobody knows what it will be answered with.
  if (request.facts.stream && incoming.wire.framing !== null)
    incoming.reply.startHeartbeat(new RequestHeartbeat(context));
  // A promise that is returned and not awaited costs two more turns of the microtask queue.
  if (plan.lane?.concurrency === undefined) return await attempt(context, plan, snapshot, ports);
  const entered = await enterLane(context, plan.lane, snapshot, ports);
  if (entered.kind === 'client_gone') return 'client_closed';
  try {
    return await attempt(context, plan, snapshot, ports);
  } finally {
    entered.held?.leave();
  }
}

function makePlan(
  { incoming, trace }: RequestContext,
  { body, facts, signatures }: ScannedRequest,
  snapshot: Snapshot,
  now: number,
  ports: ExecutionPorts,
): Plan {
  const { node, lane } = incoming.routing;
  trace.read(node ?? lane ?? facts.model ?? 'auto', facts.stream, snapshot.generation);
  const pin = signatures.length === 0 ? null : ports.affinity.pinOf(signatures);
  const asked = { facts, headers: incoming.routing, pin };
  const plan = planRequest(asked, body, snapshot, ports.health.at(now));
  trace.planned(plan);
  ports.planWarnings.note(plan);
  return plan;
}

async function attempt(
  context: RequestContext,
  plan: Plan,
  snapshot: Snapshot,
  ports: ExecutionPorts,
): Promise<Outcome> {
  const { incoming, trace } = context;
  const totalMs = totalDeadline(plan, snapshot);
  const run = { context, plan, snapshot, totalMs, totalAt: incoming.receivedAt + totalMs, ports };
  let result: FallbackResult;
  try {
    result = await attemptTargets(run);
  } finally {
    trace.phaseEnded(trace.target === null ? 'attempt' : 'relay', ports.clock.now());
  }
  const { end, failures, ended } = result;
  switch (end.kind) {
    case 'answered':
      return 'settled';
    case 'client_gone':
      return 'client_closed';
    case 'broken':
      // The status was sent: the error can only be an event (wire case 12).
      sendError(context, failureError(end.failure, brokenMessage(context, end.failure), true));
      return 'partial';
    case 'failed': {
      const chain = describeChain(plan, failures, ports.clock.now(), ended);
      throw withWaysOut(failureError(end.failure, chain, failures.size === 1), snapshot, ports);
    }
  }
}

/** Sends an error to the client; when even that fails, only the connection can be closed. */
function reportError(context: RequestContext, error: unknown, ports: ExecutionPorts): void {
  try {
    sendError(context, asGatewayError(error, context, ports));
  } catch (err) {
    ports.log.error({ request: context.incoming.id, err }, 'cannot send an error to the client');
    context.incoming.reply.destroy();
  }
}

/** Milliseconds. A request that a rule moved to another lane gets the longer one of both lanes. */
function totalDeadline({ lane, rule, links }: Plan, snapshot: Snapshot): number {
  const own = (lane?.deadlines ?? snapshot.deadlines).totalMs;
  const moved = rule === null ? null : links[0]?.lane;
  return Math.max(own, moved?.deadlines.totalMs ?? 0);
}

function brokenMessage({ trace }: RequestContext, failure: Failure): string {
  return `${trace.target ?? 'the target'} ${inWords(failure)}; the reply is incomplete`;
}

function asGatewayError(error: unknown, { incoming }: RequestContext, ports: ExecutionPorts): GatewayError {
  if (error instanceof GatewayError) return error;
  ports.log.error({ request: incoming.id, err: error }, 'internal error while handling a request');
  return new GatewayError(
    'internal_error',
    `internal error; the log has the details of request ${incoming.id}`,
  );
}
