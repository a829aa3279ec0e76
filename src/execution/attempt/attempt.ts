import type { Failure } from '../../protocol/failure.ts';
import { exclusion } from '../../routing/eligible.ts';
import type { PlanEntry } from '../../routing/plan.ts';
import type { ScannedRequest } from '../../wire/exchange.ts';
import { chooseRoute, estimateOf } from '../../wire/open-exchange.ts';
import { AttemptTrace } from '../record/attempt-trace.ts';
import type { Attempt, AttemptEnd, Omissions, RequestRun } from './attempt-context.ts';
import { callUpstream } from './call-upstream.ts';
import { listFailure } from './failures.ts';
import { listedTarget } from './listing.ts';
import { recordOutcome } from './outcome.ts';
import { lacksEndpoint, maybeNoEndpoint, mayLackEndpoint, noEndpoint } from './missing-endpoint.ts';
import { paramsFor } from './params.ts';
import { prepareExchange } from './prepare-exchange.ts';
import { sendEstimate } from './send-estimate.ts';
import { rememberRefusals, rememberThinking } from './withheld.ts';

/**
 * One attempt at one target; null when the server turned out not to serve the model. `omitted`: what the target has
 * refused in the attempt before.
 */
export async function attemptTarget(
  run: RequestRun,
  entry: PlanEntry,
  omitted: Omissions,
): Promise<AttemptEnd | null> {
  const { context, plan, snapshot, ports } = run;
  const planned = ports.provider(entry.link.target.provider.id, snapshot);
  const request = context.body.scanned;
  if (planned === undefined || request === null) return null;

  const startMs = context.trace.since(ports.clock.now());
  const byPlace = entry.link.lane?.deadlines ?? snapshot.deadlines;
  const deadlines = planned.local ? byPlace.local : byPlace;
  const listing = listedTarget(entry.link.target, planned, deadlines.connectMs, ports);
  // Nothing to await for most targets, and an await costs a turn of the microtask queue.
  const listed = listing instanceof Promise ? await listing : listing;
  const { target } = listed;
  const provider = ports.serverOf(listed.provider, target);
  const { attempts, mayBeDuplicated } = context.trace;
  const trace = new AttemptTrace(attempts.length + 1, target.id, startMs, mayBeDuplicated);
  const attempt = { ...run, entry, target, provider, deadlines, trace, omitted };
  if (listed.failure !== null) return unsent(attempt, listFailure(listed.failure));
  // Earlier attempts took time: the list may have been read since the plan was made.
  if (exclusion(target, plan.facts, true) === 'not_served') return null;
  return await send(attempt, request);
}

function unsent(attempt: Attempt, failure: Failure): AttemptEnd {
  attempt.context.trace.attempted(attempt.trace);
  const end: AttemptEnd = { kind: 'failed', failure };
  recordOutcome(attempt, end);
  return end;
}

async function send(attempt: Attempt, request: ScannedRequest): Promise<AttemptEnd> {
  const { context, target, provider, ports } = attempt;
  const route = chooseRoute(
    request,
    provider.settings.endpoints,
    () => paramsFor(attempt),
    target.upstreamId,
  );
  const estimate = estimateOf(request);
  if (route === null) {
    if (estimate === null) throw noEndpoint(attempt, target, request);
    return sendEstimate(attempt, estimate);
  }
  const prepared = prepareExchange(attempt, request, route);
  // Nothing to await without a large body.
  const exchange = prepared instanceof Promise ? await prepared : prepared;
  if (context.incoming.reply.disconnected) return { kind: 'client_gone' };
  for (const warning of exchange.warnings) attempt.trace.warn(warning);
  context.trace.attempted(attempt.trace);
  ports.health.began(target.id, ports.clock.now());
  if (target.status === 'unloaded') ports.listings.noteBegan(target);
  let end: AttemptEnd;
  try {
    end = await callUpstream(attempt, exchange);
  } catch (error) {
    // An internal error says nothing about the target.
    ports.health.abandoned(target.id);
    attempt.trace.ended(context.trace.since(ports.clock.now()));
    throw error;
  }
  if (estimate !== null && lacksEndpoint(end)) {
    // A missing endpoint does not affect the health of the target, even if a proxy reports it.
    recordOutcome(attempt, { kind: 'failed', failure: { ...end.failure, class: 'bad_request' } });
    return sendEstimate(attempt, estimate);
  }
  if (context.incoming.wire.isOptional === true && mayLackEndpoint(end)) {
    recordOutcome(attempt, { kind: 'failed', failure: { ...end.failure, class: 'bad_request' } });
    throw maybeNoEndpoint(attempt, end.failure);
  }
  recordOutcome(attempt, end);
  rememberRefusals(attempt, exchange, end);
  rememberThinking(attempt, request, end);
  return end;
}
