import { GatewayError } from '../protocol/errors.ts';
import { FAILURE_RULES, type Failure } from '../protocol/failure.ts';
import type { Provider, UpstreamRequest } from '../providers/provider.ts';
import { exclusion } from '../routing/eligible.ts';
import type { Plan, PlanEntry } from '../routing/plan.ts';
import type { ModelEntry, Snapshot } from '../routing/snapshot.ts';
import type { Exchange } from '../wire/exchange.ts';
import { openExchange } from '../wire/open-exchange.ts';
import type { AttemptTrace, Job } from './job.ts';
import type { ExecutionPorts } from './ports.ts';
import type { AttemptContext, AttemptEnd } from './attempt-context.ts';
import { StreamReader } from './stream-reader.ts';
import { UnaryReader } from './unary-reader.ts';

/** Attempts a request may cost in all (gRPC and the SRE book's budget: reliability section 1.1). */
const ATTEMPTS_MAX = 3;

/** How the targets of a plan fared: the last end, and every failed target with its fate. */
export interface PlanResult {
  readonly end: AttemptEnd;
  readonly failures: ReadonlyMap<string, string>;
}

/** The attempt phase: one target after another, each at most once, until one answers or the plan is spent. */
export async function tryTargets(
  job: Job,
  plan: Plan,
  snapshot: Snapshot,
  ports: ExecutionPorts,
): Promise<PlanResult> {
  const failures = new Map<string, string>();
  const totalAt = job.arrival.receivedAt + (plan.lane?.deadlines ?? snapshot.deadlines).totalMs;
  let last: AttemptEnd | null = null;
  let unsupported: GatewayError | null = null;
  for (const entry of plan.entries.slice(0, plan.eligible)) {
    if (job.attempts.length >= ATTEMPTS_MAX || ports.clock.now() >= totalAt) break;
    if (last?.kind === 'failed' && !mayGoOn(last.failure, plan)) break;
    if (job.arrival.reply.gone) return { end: { kind: 'client_gone' }, failures };
    try {
      const end = await tryTarget(job, plan, entry, snapshot, totalAt, last, ports);
      if (end === null) continue;
      if (end.kind !== 'failed') return { end, failures };
      failures.set(entry.link.target.id, end.failure.summary);
      last = end;
    } catch (error) {
      // A wire that cannot carry this request says nothing against the targets behind it.
      if (!(error instanceof GatewayError) || error.code !== 'unsupported_parameter') throw error;
      failures.set(entry.link.target.id, `cannot take this request (${error.message})`);
      unsupported ??= error;
    }
  }
  if (last !== null) return { end: last, failures };
  if (unsupported !== null) throw unsupported;
  const message = noneLeft(plan, failures);
  // The list has been read since the plan was made, and lacks what was asked for by its name.
  if (plan.destination.kind === 'model')
    throw new GatewayError('model_not_found', message, { param: 'model' });
  throw new GatewayError('no_target', message, { shouldRetry: false });
}

function noneLeft(plan: Plan, failures: ReadonlyMap<string, string>): string {
  const told = plan.entries
    .slice(0, plan.eligible)
    .map(
      ({ link }) =>
        `${link.target.id} ${failures.get(link.target.id) ?? 'passed over (not in the list of its server)'}`,
    );
  return `${plan.destination.requested}: ${told.join('; ')}`;
}

/** May another target be asked after this failure? Lanes may stop where work could be done or billed twice. */
function mayGoOn(failure: Failure, plan: Plan): boolean {
  const rule = FAILURE_RULES[failure.class];
  if (rule.next === 'if_lane_allows') return plan.lane?.onContentPolicy === 'next';
  if (failure.class === 'unanswered' && plan.lane?.onUnanswered === 'stop') return false;
  return rule.next !== 'no';
}

/** One target: null when it turned out not to be a target for this request. */
async function tryTarget(
  job: Job,
  plan: Plan,
  entry: PlanEntry,
  snapshot: Snapshot,
  totalAt: number,
  last: AttemptEnd | null,
  ports: ExecutionPorts,
): Promise<AttemptEnd | null> {
  const deadlines = entry.link.lane?.deadlines ?? snapshot.deadlines;
  const provider = ports.provider(entry.link.target.provider.id, snapshot);
  const { request } = job;
  if (provider === undefined || request === null) return null;

  const startMs = job.since(ports.clock.now());
  const listed = await ensureListed(entry.link.target, provider, deadlines.connectMs, ports);
  const { target } = listed;
  const trace = newTrace(job, target.id, startMs, last);
  if (listed.failure !== null) return failedUnsent(job, target, trace, listed.failure, ports);
  // Facts may have changed while earlier targets were tried: the list has been read since.
  if (exclusion(target, plan.facts, true) === 'not_served') return null;

  const exchange = openExchange(request, provider.settings.chat, {
    modelId: target.upstreamId,
    params: paramsFor(entry, plan),
    maxOutputTokens: target.capabilities.max_output_tokens ?? null,
  });
  for (const warning of exchange.warnings) job.warnings.push(warning);
  job.attempts.push(trace);
  ports.health.began(target.id, ports.clock.now());
  const context: AttemptContext = {
    job,
    target,
    provider,
    exchange,
    trace,
    deadlines,
    totalAt,
    clock: ports.clock,
    watch: ports.watch,
  };
  const end = await attempt(context, upstreamRequest(job, provider, exchange));
  note(end, target, trace, job, ports);
  return end;
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
  if (!answersAnyName && target.frontOf === null) return { target, failure: null };
  const failure = ports.listings.isFresh(id) ? null : await ports.listings.refresh(id, withinMs);
  // After a reload another server may stand under this name, and the newest list be that one's.
  if (ports.provider(id, ports.snapshot(null)) !== provider) {
    return { target: target.inList === true ? target : { ...target, inList: false }, failure: null };
  }
  return { target: ports.listings.current(target), failure };
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
  return new Promise((settle) => {
    const stream = context.job.request?.facts.stream ?? false;
    const reader = stream ? new StreamReader(context, settle) : new UnaryReader(context, settle);
    reader.start(request);
  });
}

/** The node's params over the asked lane's over the model's; a borrowed chain brings none (DESIGN section 3). */
function paramsFor(entry: PlanEntry, plan: Plan): Readonly<Record<string, unknown>> {
  const { target, lane, ownLane } = entry.link;
  const laneParams = ownLane ? lane?.params : undefined;
  return { ...target.params, ...laneParams, ...plan.node?.params };
}

function upstreamRequest(job: Job, provider: Provider, exchange: Exchange): UpstreamRequest {
  return {
    method: 'POST',
    path: provider.settings.chat.path,
    headers: {
      'content-type': 'application/json',
      'x-laneway-hop': String(job.arrival.hop + 1),
      ...job.arrival.passed,
    },
    body: exchange.body,
  };
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
        ports.listings.doubt(target.provider.id);
      }
      if (isNews) tellOperator(failure, target, trace, job, ports);
    }
  }
}

/** The caller's own faults are the caller's to hear of, not the operator's. */
function tellOperator(
  failure: Failure,
  target: ModelEntry,
  trace: AttemptTrace,
  job: Job,
  ports: ExecutionPorts,
): void {
  if (FAILURE_RULES[failure.class].mood === 'none') return;
  ports.log.warn(
    { request: job.arrival.id, target: target.id, class: trace.class, code: failure.code },
    `${target.id} ${failure.summary}`,
  );
}
