import { z } from 'zod';

import { GatewayError } from '../protocol/errors.ts';
import type { Warning } from '../protocol/wire.ts';
import type { CheckedTarget, SwitchSubject, SwitchTarget, Ineligibility } from '../routing/fitness.ts';

/** 31 days, in seconds: the longest that a switch may be asked to last. */
const EXPIRES_MAX_S = 31 * 24 * 60 * 60;

/** Why a switch is made, for the audit. */
export const reasonSchema = z.string().max(500).nullish();

/** How a switch is made, beside where to (API section 4). */
export const switchOptions = {
  reason: reasonSchema,
  expires_in_s: z.int().min(1).max(EXPIRES_MAX_S).nullish().describe('Back to the default after it.'),
  dry_run: z.boolean().optional().describe('Judge the switch, change nothing.'),
  force: z.boolean().optional().describe('Switch to an unfit target all the same.'),
  preflight: z.boolean().optional().describe('Not there yet: true is refused.'),
};

/** The body of a switch of a node: `provider` and `model_id`, or `lane`. */
export const switchSchema = z.strictObject({
  provider: z.string().min(1).optional(),
  model_id: z.string().min(1).optional(),
  lane: z.string().min(1).optional(),
  ...switchOptions,
});

/** Exactly one way to name the target. Throws `invalid_body`. */
export function switchTarget({ provider, model_id, lane }: z.infer<typeof switchSchema>): SwitchTarget {
  if (lane !== undefined && provider === undefined && model_id === undefined) return { lane };
  if (lane === undefined && provider !== undefined && model_id !== undefined)
    return { provider, modelId: model_id };
  throw new GatewayError('invalid_body', 'say either "provider" and "model_id", or "lane"', {
    param: lane === undefined ? (provider === undefined ? 'provider' : 'model_id') : 'lane',
  });
}

/** An option that is not there yet is refused, never ignored (API section 4). Throws `invalid_body`. */
export function refusePreflight({ preflight }: { readonly preflight?: boolean | undefined }): void {
  if (preflight !== true) return;
  throw new GatewayError('invalid_body', '"preflight" is not available yet; leave it out', {
    param: 'preflight',
  });
}

/** When a switch made at `wall` (ms since 1970) ends, in ISO 8601; null: it stays. */
export function expiryOf(seconds: number | null | undefined, wall: number): string | null {
  return seconds === null || seconds === undefined ? null : new Date(wall + seconds * 1000).toISOString();
}

/**
 * Refuses what does not suit by fact: 409 `unfit_target` with `detail.reasons`. A model that its server does not list
 * is not found rather than unfit (API section 4).
 */
export function refuseIneligible(
  subject: string,
  { assignment, unfit }: CheckedTarget,
  param: 'model_id' | 'model' = 'model_id',
): void {
  const [first] = unfit;
  if (first === undefined) return;
  const target = assignment.model ?? `lane:${assignment.lane ?? ''}`;
  if (unfit.length === 1 && first.code === 'not_served') {
    throw new GatewayError('model_not_found', `${target}: ${first.reason}`, { param });
  }
  const reasons = unfit.map(({ reason }) => reason).join('; ');
  const message = `${target} does not suit ${subject}: ${reasons}; "force": true assigns it all the same`;
  throw new GatewayError('unfit_target', message, { detail: { reasons: unfit } });
}

/** What a switch went against; and vectors of two models never mix (DESIGN section 5). */
export function switchWarnings(subject: SwitchSubject, overruled: readonly Ineligibility[]): Warning[] {
  const warnings: Warning[] = overruled.map(({ code, reason }) => ({ code, detail: reason }));
  if (subject.kind === 'embeddings') {
    warnings.push({
      code: 'vectors_do_not_mix',
      detail: 'stored vectors of the former model must be made anew',
    });
  }
  return warnings;
}
