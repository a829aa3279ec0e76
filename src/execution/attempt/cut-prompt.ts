import { failureOf, type Failure } from '../../protocol/failure.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Warning } from '../../protocol/wire.ts';
import { lastField } from '../../wire/json/scan.ts';
import type { Attempt } from './attempt-context.ts';
import { paramsFor } from './params.ts';

/** Where a prompt that is too long is cut and not refused, a client can ask for that. */
const ASKS_FOR_IT = 'truncate';

/**
 * The window in tokens to which the server has silently cut the prompt: it counted as many tokens as the window has, and
 * the estimate is above that. null: nothing shows that it did. A cut between messages leaves fewer tokens, and a cached
 * prompt may be counted as fewer, so not every cut shows.
 */
function cutTo(attempt: Attempt, usage: Usage | null): number | null {
  const { plan, provider, target } = attempt;
  const { cutsPrompts, windowParam } = provider.settings;
  if (cutsPrompts !== true || usage === null || usage.estimated === true) return null;
  if (plan.facts.kind !== 'chat' || plan.facts.estimatedTokens <= usage.inputTokens) return null;
  // The model may be loaded with another window than the one in the list of its server.
  const windows = [
    target.capabilities.context_length,
    windowParam === undefined ? undefined : paramsFor(attempt)[windowParam],
  ];
  return windows.includes(usage.inputTokens) ? usage.inputTokens : null;
}

/**
 * The failure of a reply that is not sent yet, and whose prompt was cut; null if it was not. Where the client asked for
 * that, it is only a warning.
 */
export function cutPromptFailure(attempt: Attempt, usage: Usage | null, status: number): Failure | null {
  const window = cutTo(attempt, usage);
  if (window === null) return null;
  attempt.trace.warn(cutWarning(attempt, window));
  if (asksForCut(attempt)) return null;
  const summary = `cut the prompt to its context of ${window} tokens`;
  return {
    ...failureOf('context_overflow', 'context_length_exceeded', summary, status),
    overflow: { tokens: null, window },
  };
}

/** Adds the warning if the prompt of a stream was cut, which its end has shown: too late for a failure. */
export function warnOfCut(attempt: Attempt, usage: Usage | null): void {
  const window = cutTo(attempt, usage);
  if (window !== null) attempt.context.trace.warn(cutWarning(attempt, window));
}

function cutWarning({ target }: Attempt, window: number): Warning {
  return { code: 'prompt_truncated', detail: `${target.id} ${window}` };
}

function asksForCut({ context }: Attempt): boolean {
  const request = context.body.scanned;
  const field = request === null ? null : lastField(request.fields, ASKS_FOR_IT);
  if (request === null || field === null) return false;
  return request.body.toString('latin1', field.valueStart, field.valueEnd) === 'true';
}
