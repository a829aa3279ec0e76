import type { WireFormat } from '../../protocol/wire.ts';
import type { Exchange, ScannedRequest } from '../../wire/exchange.ts';
import { paramsFor } from './params.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';

/** Fields that Laneway adds and that this attempt must not send: refused earlier, or by the attempt before. */
export function withheldFields(attempt: Attempt, format: WireFormat): readonly string[] {
  const { provider, omitted } = attempt;
  if (provider.refusals.isEmpty) return omitted.fields;
  return [...provider.refusals.of(keyOf(attempt, format)), ...omitted.fields];
}

/**
 * Remembers the fields without which the target took the request, or at least refused something else. A field is not
 * remembered if leaving it out did not help, since the error may have named it for another reason, nor if it only
 * conflicts with a field of the client.
 */
export function rememberRefusals(attempt: Attempt, { format }: Exchange, end: AttemptEnd): void {
  const { omitted, provider, target, context, ports } = attempt;
  if (omitted.lasting.length === 0 || !helped(end)) return;
  const news = provider.refusals.add(keyOf(attempt, format), omitted.lasting);
  if (news.length === 0) return;
  ports.log.warn(
    { request: context.incoming.id, target: target.id, fields: news },
    `${target.id} refuses ${news.join(', ')}: no longer added to its requests`,
  );
}

/** The name by which rejected thinking is remembered; it is no field. */
const THINKING = 'thinking in messages';

/** Does the conversation have thinking without a signature? */
export function hasPlainThinking({ hasUnsignedThinking, oddities }: ScannedRequest): boolean {
  return hasUnsignedThinking || oddities?.missingReasoning !== undefined;
}

/** Has the target rejected plain thinking like that of this request (wire case 146)? */
export function rejectsThinking({ provider, target }: Attempt, request: ScannedRequest): boolean {
  if (provider.refusals.isEmpty || request.signatures.length > 0) return false;
  return provider.refusals.of(thinkingKey(target.upstreamId, request)).length > 0;
}

/**
 * Remembers that the target has rejected thinking and answered without it. Only of plain thinking: whether a signature is
 * accepted depends on the model that made it.
 */
export function rememberThinking(attempt: Attempt, request: ScannedRequest, end: AttemptEnd): void {
  const { omitted, provider, target, context, ports } = attempt;
  if (!omitted.thinking || request.signatures.length > 0 || end.kind !== 'answered') return;
  if (provider.refusals.add(thinkingKey(target.upstreamId, request), [THINKING]).length === 0) return;
  ports.log.warn(
    { request: context.incoming.id, target: target.id },
    `${target.id} rejects ${THINKING}: no longer sent to it`,
  );
}

function thinkingKey(upstreamId: string, { format }: ScannedRequest): string {
  return `${THINKING} ${format} ${upstreamId}`;
}

function helped(end: AttemptEnd): boolean {
  if (end.kind === 'failed') return end.failure.refusedFields !== undefined;
  return end.kind !== 'client_gone';
}

/** Other defaults may be accepted, so a changed configuration starts without refusals. */
function keyOf(attempt: Attempt, format: WireFormat): string {
  return `${format} ${attempt.target.upstreamId} ${JSON.stringify(paramsFor(attempt))}`;
}
