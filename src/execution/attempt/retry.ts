import { GatewayError } from '../../protocol/errors.ts';
import type { PlanEntry } from '../../routing/plan.ts';
import type { ScannedRequest } from '../../wire/exchange.ts';
import { ATTEMPTS_MAX } from '../limits.ts';
import { attemptTarget } from './attempt.ts';
import type { AttemptEnd, Omissions, RequestRun } from './attempt-context.ts';
import { hasPlainThinking } from './withheld.ts';
import { largestOutput } from './overflow.ts';

const NOTHING: Omissions = { thinking: false, fields: [], lasting: [], largestOutput: null };

/**
 * Attempts one target, and once more without what it refuses if Laneway can leave that out: thinking (wire case
 * 111), fields that Laneway itself has added, and a limit of the output above the model's own
 * (docs/decisions/0009). Null as `attemptTarget`. Rejects with `unsupported_parameter` if the target cannot express
 * the request.
 */
export async function attemptOrRetry(run: RequestRun, entry: PlanEntry): Promise<AttemptEnd | null> {
  let omitted = NOTHING;
  let last = await attemptTarget(run, entry, omitted);
  for (;;) {
    const more = last === null ? null : refusedParts(last, omitted, run);
    if (more === null || !mayTryAgain(run)) return last;
    omitted = more;
    try {
      last = (await attemptTarget(run, entry, omitted)) ?? last;
    } catch (error) {
      if (isUnsupported(error)) return last;
      throw error;
    }
  }
}

/** Is the total deadline of the request over? */
export function isOverdue({ totalAt, ports }: RequestRun): boolean {
  return ports.clock.now() >= totalAt;
}

/** Can the target not express the request? Another one may use a wire that can. */
export function isUnsupported(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === 'unsupported_parameter';
}

function mayTryAgain(run: RequestRun): boolean {
  const { trace, incoming } = run.context;
  return trace.attempts.length < ATTEMPTS_MAX && !isOverdue(run) && !incoming.reply.disconnected;
}

/** What to leave out after this end; null if it refuses nothing that is not left out already. */
function refusedParts(end: AttemptEnd, omitted: Omissions, { context, plan }: RequestRun): Omissions | null {
  if (end.kind !== 'failed') return null;
  const { refusedPart, refusedFields } = end.failure;
  const request = context.body.scanned;
  const thinking =
    refusedPart === 'signed_thinking' && request !== null && hasThinking(request) && !omitted.thinking;
  const fields = (refusedFields?.names ?? []).filter((name) => !omitted.fields.includes(name));
  const limit = omitted.largestOutput ?? largestOutput(end.failure, plan.facts);
  if (!thinking && fields.length === 0 && limit === omitted.largestOutput) return null;
  return {
    largestOutput: limit,
    thinking: omitted.thinking || thinking,
    fields: [...omitted.fields, ...fields],
    lasting: refusedFields?.isConditional === true ? omitted.lasting : [...omitted.lasting, ...fields],
  };
}

function hasThinking(request: ScannedRequest): boolean {
  return request.signatures.length > 0 || hasPlainThinking(request);
}
