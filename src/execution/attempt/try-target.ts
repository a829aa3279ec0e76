import { GatewayError } from '../../protocol/errors.ts';
import { FAILURE_RULES, type Failure } from '../../protocol/failure.ts';
import type { Provider, UpstreamRequest } from '../../providers/provider.ts';
import { headOf } from '../../routing/chain.ts';
import { exclusion } from '../../routing/eligible.ts';
import type { Plan, PlanEntry } from '../../routing/plan.ts';
import type { ModelEntry, Snapshot } from '../../routing/snapshot.ts';
import type { Exchange, TargetRequest } from '../../wire/exchange.ts';
import { chooseRoute, estimateOf } from '../../wire/open-exchange.ts';
import { AssemblingReader } from '../relay/assembling-reader.ts';
import type { AttemptContext, AttemptEnd } from './attempt-context.ts';
import { answerEstimate } from './answer-estimate.ts';
import type { AttemptTrace, Job } from '../request-context.ts';
import type { ExecutionPorts } from '../ports.ts';
import { prepare, warn } from './prepare-request.ts';
import { StreamReader } from '../relay/stream-reader.ts';
import { UnaryReader } from '../relay/unary-reader.ts';

/** What all attempts of a request share. */
export interface Run {
  readonly job: Job;
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  /** Monotonic ms at which the whole request is over. */
  readonly totalAt: number;
  readonly ports: ExecutionPorts;
}

/**
 * One attempt at one target: null when it turned out not to be a target for this request. `last` is the end of the
 * attempt before; `withoutThinking` when the target has refused the request for the signed thinking in it.
 */
export async function tryTarget(
  run: Run,
  entry: PlanEntry,
  last: AttemptEnd | null,
  withoutThinking: boolean,
): Promise<AttemptEnd | null> {
  const { job, plan, snapshot, totalAt, ports } = run;
  const deadlines = entry.link.lane?.deadlines ?? snapshot.deadlines;
  const planned = ports.provider(entry.link.target.provider.id, snapshot);
  const { request } = job;
  if (planned === undefined || request === null) return null;

  const startMs = job.since(ports.clock.now());
  const listed = await ensureListed(entry.link.target, planned, deadlines.connectMs, ports);
  const { target, provider } = listed;
  const trace = newTrace(job, target.id, startMs, last);
  if (listed.failure !== null) return failedUnsent(job, target, trace, listed.failure, ports);
  // Facts may have changed while earlier targets were tried: the list has been read since.
  if (exclusion(target, plan.facts, true) === 'not_served') return null;

  const route = chooseRoute(request, provider.settings.endpoints);
  if (route === null) {
    const estimate = estimateOf(request);
    if (estimate === null) throw unserved(job, target);
    return answerEstimate(job, estimate, target, provider, ports);
  }
  const asked = targetRequest(job, provider, target, paramsFor(entry, plan));
  const opening = prepare(
    job,
    request,
    { targetId: target.id, route, target: asked, withoutThinking },
    ports,
  );
  // Nothing waits for what is there: only a large body is worked on elsewhere.
  const exchange = opening instanceof Promise ? await opening : opening;
  if (job.incoming.reply.disconnected) return { kind: 'client_gone' };
  for (const warning of exchange.warnings) warn(job, warning);
  job.attempts.push(trace);
  ports.health.began(target.id, ports.clock.now());
  const { clock, watch } = ports;
  const context = { job, target, provider, exchange, trace, deadlines, totalAt, clock, watch };
  const end = await attempt(context, upstreamRequest(job, exchange)).catch((error: unknown) => {
    // A mistake of ours says nothing of the target.
    ports.health.abandoned(target.id);
    throw error;
  });
  if (end.kind === 'answered' && end.signatures.length > 0) {
    ports.affinity.note(end.signatures, { target: target.id, head: headOf(plan.links) });
  }
  note(end, target, trace, job, ports);
  const estimate = lacksEndpoint(end) ? estimateOf(request) : null;
  return estimate === null ? end : answerEstimate(job, estimate, target, provider, ports);
}

function unserved({ incoming }: Job, target: ModelEntry): GatewayError {
  const { hint } = incoming.wire;
  const advice = hint === undefined ? '' : `; ${hint}`;
  const message = `the server of ${target.id} has no endpoint like ${incoming.endpoint}${advice}`;
  return new GatewayError('unsupported_parameter', message, { param: 'model' });
}

/** Many servers lack some endpoints of the wires that they speak; a model that is not there is another matter. */
function lacksEndpoint(end: AttemptEnd): boolean {
  if (end.kind !== 'failed' || end.failure.class !== 'bad_request') return false;
  return end.failure.status === 404 || end.failure.status === 405;
}

function targetRequest(
  job: Job,
  provider: Provider,
  target: ModelEntry,
  params: Readonly<Record<string, unknown>>,
): TargetRequest {
  return {
    modelId: target.upstreamId,
    params,
    maxOutputTokens: target.capabilities.max_output_tokens ?? null,
    rules: target.rules ?? provider.settings.rulesFor?.(target.upstreamId) ?? null,
    trustedStream: provider.settings.trustedStream,
    headers: job.incoming.passed,
  };
}

function newTrace(job: Job, target: string, startMs: number, last: AttemptEnd | null): AttemptTrace {
  return {
    n: job.attempts.length + 1,
    target,
    class: null,
    status: null,
    startMs,
    firstByteMs: null,
    firstTokenMs: null,
    durationMs: null,
    possibleDuplicate: last?.kind === 'failed' && FAILURE_RULES[last.failure.class].uncertain,
    retryAfterMs: null,
    message: null,
  };
}

interface Listed {
  readonly target: ModelEntry;
  /** With the type that the list has detected. */
  readonly provider: Provider;
  readonly failure: Failure | null;
}

/**
 * Servers that answer to any name are called only once their list is known (DESIGN section 5), and a lane's front is
 * whatever that list says.
 */
async function ensureListed(
  target: ModelEntry,
  provider: Provider,
  withinMs: number,
  ports: ExecutionPorts,
): Promise<Listed> {
  const { answersAnyName, id } = target.provider;
  if (!answersAnyName && target.environmentTargetOf === null) return { target, provider, failure: null };
  const failure = ports.listings.isFresh(id) ? null : await ports.listings.refresh(id, withinMs);
  // After a reload another server may stand under this name, and the newest list be that one's.
  const newest = ports.provider(id, ports.snapshot(null));
  if (newest?.identity !== provider.identity) {
    const unlisted = target.inList === true ? target : { ...target, inList: false };
    return { target: unlisted, provider, failure: null };
  }
  return { target: ports.listings.current(target), provider: newest, failure };
}

function failedUnsent(
  job: Job,
  target: ModelEntry,
  trace: AttemptTrace,
  failure: Failure,
  ports: ExecutionPorts,
): AttemptEnd {
  job.attempts.push(trace);
  const end: AttemptEnd = { kind: 'failed', failure };
  note(end, target, trace, job, ports);
  return end;
}

function attempt(context: AttemptContext, request: UpstreamRequest): Promise<AttemptEnd> {
  return new Promise((settle, reject) => {
    const stream = context.job.request?.facts.stream ?? false;
    const { asksForStream } = context.exchange;
    const Reader = stream ? StreamReader : asksForStream ? AssemblingReader : UnaryReader;
    new Reader(context, settle, reject).start(request);
  });
}

/** The node's params over the asked lane's over the model's; a borrowed chain brings none (DESIGN section 3). */
function paramsFor(entry: PlanEntry, plan: Plan): Readonly<Record<string, unknown>> {
  const { target, lane, ownLane } = entry.link;
  const laneParams = ownLane ? lane?.params : undefined;
  return { ...target.params, ...laneParams, ...plan.node?.params };
}

function upstreamRequest(job: Job, exchange: Exchange): UpstreamRequest {
  return {
    method: 'POST',
    path: exchange.path,
    headers: {
      'content-type': 'application/json',
      'x-laneway-hop': String(job.incoming.hop + 1),
      ...forwardedHeaders(job, exchange),
    },
    body: exchange.body,
  };
}

/** A surface's own headers, such as its version and beta flags, mean nothing in another wire. */
function forwardedHeaders({ incoming }: Job, { isSameWire }: Exchange): Readonly<Record<string, string>> {
  const { passed, surface } = incoming;
  if (isSameWire) return passed;
  return Object.fromEntries(
    Object.entries(passed).filter(([name]) => !surface.forwardedHeaders.includes(name)),
  );
}

/** What an attempt's end says of the target, and the end of its trace. */
function note(
  end: AttemptEnd,
  target: ModelEntry,
  trace: AttemptTrace,
  job: Job,
  ports: ExecutionPorts,
): void {
  const now = ports.clock.now();
  trace.durationMs = Math.round((job.since(now) - trace.startMs) * 1000) / 1000;
  switch (end.kind) {
    case 'answered':
      ports.health.succeeded(target);
      return;
    case 'client_gone':
      // A client that leaves says nothing of the target (hot-path 9.4: another gateway's breaker opened on it).
      trace.class = 'client_gone';
      ports.health.abandoned(target.id);
      return;
    case 'failed':
    case 'broken': {
      const { failure } = end;
      trace.class = end.kind === 'broken' ? 'started' : failure.class;
      trace.status ??= failure.status;
      trace.retryAfterMs = failure.retryAfterMs;
      trace.message = failure.upstream?.message ?? failure.summary;
      const told = end.kind === 'broken' ? { ...failure, class: 'started' as const } : failure;
      const isNews = ports.health.failed(target, told, now);
      if (
        failure.class === 'not_sent' ||
        failure.code === 'upstream_disconnected' ||
        failure.class === 'gone'
      ) {
        ports.listings.invalidate(target.provider.id);
      }
      if (isNews) logForOperator(failure, target, trace, job, ports);
    }
  }
}

/** The caller's own faults are the caller's to hear of, not the operator's. */
function logForOperator(
  failure: Failure,
  target: ModelEntry,
  trace: AttemptTrace,
  job: Job,
  ports: ExecutionPorts,
): void {
  if (FAILURE_RULES[failure.class].health === 'none') return;
  ports.log.warn(
    { request: job.incoming.id, target: target.id, class: trace.class, code: failure.code },
    `${target.id} ${failure.summary}`,
  );
}
