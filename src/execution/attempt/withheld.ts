import type { WireFormat } from '../../protocol/wire.ts';
import type { Exchange } from '../../wire/exchange.ts';
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

function helped(end: AttemptEnd): boolean {
  if (end.kind === 'failed') return end.failure.refusedFields !== undefined;
  return end.kind !== 'client_gone';
}

/** Other defaults may be accepted, so a changed configuration starts without refusals. */
function keyOf(attempt: Attempt, format: WireFormat): string {
  return `${format} ${attempt.target.upstreamId} ${JSON.stringify(paramsFor(attempt))}`;
}
