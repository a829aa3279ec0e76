import { GatewayError } from '../protocol/errors.ts';
import type { Failure } from '../protocol/failure.ts';
import { emptyPlanError, describeChain } from '../routing/reason.ts';
import { resolve } from '../routing/resolve.ts';
import { answerError, failureError } from './respond/error-reply.ts';
import { tryTargets } from './attempt/fallback.ts';
import type { Job } from './request-context.ts';
import { Heartbeat } from './respond/heartbeat.ts';
import type { ExecutionPorts } from './ports.ts';

/**
 * Carries one request through the phases (DESIGN section 2). Never rejects: whatever goes wrong is told to the
 * client, and the record phase runs once, always.
 */
export async function execute(job: Job, ports: ExecutionPorts): Promise<void> {
  ports.recorder.began(job);
  try {
    await carryOut(job, ports);
  } catch (error) {
    answerError(job, asGatewayError(error, job, ports));
    job.outcome = job.incoming.reply.disconnected ? 'client_closed' : 'failed';
  } finally {
    job.heartbeat?.stop();
    job.body = null;
    job.request = null;
    job.incoming.hold.release();
    ports.recorder.ended(job);
  }
}

async function carryOut(job: Job, ports: ExecutionPorts): Promise<void> {
  const { clock } = ports;
  const { wire, reply } = job.incoming;
  const reading = ports.bodies.scan(wire, job.body ?? Buffer.alloc(0), reply);
  // Nothing waits for what is there: only a large body is read elsewhere.
  const request = reading instanceof Promise ? await reading : reading;
  job.body = request.body;
  job.request = request;
  job.ended('read', clock.now());

  const snapshot = ports.snapshot(job.incoming.user);
  const { node, lane } = job.incoming.routing;
  job.asked = node ?? lane ?? request.facts.model ?? 'auto';
  job.generation = snapshot.generation;
  const { facts, signatures } = request;
  const pin = signatures.length === 0 ? null : ports.affinity.pinOf(signatures);
  const plan = resolve({ facts, headers: job.incoming.routing, pin }, snapshot, ports.health.at(clock.now()));
  job.plan = plan;
  job.warnings.push(...plan.warnings);
  ports.planWarnings.note(plan);
  job.ended('resolve', clock.now());

  ports.admission.admit(job.incoming.hop);
  job.ended('admit', clock.now());

  const empty = emptyPlanError(plan, clock.now());
  if (empty !== null) throw empty;
  if (facts.stream) job.heartbeat = new Heartbeat(job);

  const result = await tryTargets(job, plan, snapshot, ports);
  job.ended(job.target === null ? 'attempt' : 'relay', clock.now());
  switch (result.end.kind) {
    case 'answered':
      job.outcome = 'settled';
      return;
    case 'client_gone':
      job.outcome = 'client_closed';
      return;
    case 'broken':
      // The status is out: only an event can tell it now (wire case 12).
      answerError(job, failureError(result.end.failure, brokenMessage(job, result.end.failure), true));
      job.outcome = 'partial';
      return;
    case 'failed':
      throw failureError(
        result.end.failure,
        describeChain(plan, result.failures, clock.now()),
        result.failures.size === 1,
      );
  }
}

function brokenMessage(job: Job, failure: Failure): string {
  return `${job.target ?? 'the target'} ${failure.summary}; the reply is incomplete`;
}

function asGatewayError(error: unknown, job: Job, ports: ExecutionPorts): GatewayError {
  if (error instanceof GatewayError) return error;
  ports.log.error({ request: job.incoming.id, err: error }, 'a request failed for a reason that is ours');
  return new GatewayError('internal_error', `something went wrong here; request ${job.incoming.id}`);
}
