import { z } from 'zod';

import { GatewayError } from '../protocol/errors.ts';
import type { Warning } from '../protocol/wire.ts';
import type { OverrideKey } from '../protocol/assignment.ts';
import { findModel } from '../routing/name.ts';
import { snapshotAfter, switchOutlook, type Switched } from '../routing/switch-outlook.ts';
import type { RollbackTerms } from '../routing/switch-watch.ts';
import type { HttpPorts } from './ports.ts';
import {
  ineligibilities,
  type CheckedTarget,
  type SwitchSubject,
  type SwitchTarget,
  type Ineligibility,
} from '../routing/fitness.ts';

/** Seconds (31 days): the longest a temporary switch may last. */
const EXPIRES_MAX_S = 31 * 24 * 60 * 60;

/** Seconds (a day) and failures: the longest that a switch is watched for its rollback. */
const ROLLBACK_MAX_S = 24 * 60 * 60;
const ROLLBACK_ERRORS_MAX = 1000;

/** The reason of a switch, for the audit. */
export const reasonSchema = z.string().max(500).nullish();

/** Options of a switch besides its target. */
export const switchOptions = {
  reason: reasonSchema,
  expires_in_s: z
    .int()
    .min(1)
    .max(EXPIRES_MAX_S)
    .nullish()
    .describe('Reverts to the default after this many seconds.'),
  dry_run: z.boolean().optional().describe('Check the switch without making it.'),
  force: z.boolean().optional().describe('Switch even to an unfit target.'),
  preflight: z
    .boolean()
    .optional()
    .describe(
      'Send one short request to the new target first, loading it if needed; if it fails, nothing is switched.',
    ),
  rollback: z
    .strictObject({
      after_errors: z.int().min(1).max(ROLLBACK_ERRORS_MAX),
      within_s: z.int().min(1).max(ROLLBACK_MAX_S),
    })
    .nullish()
    .describe(
      'Put back the previous assignment at so many failures within so many seconds after the switch.',
    ),
};

/** The model of a switch: nodes name it `model_id`, the model bar `model`, and both accept both. */
export const modelFields = {
  model_id: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
};

/** Body of a node switch: `provider` and `model_id`, or `lane`. */
export const switchSchema = z.strictObject({
  provider: z.string().min(1).optional(),
  ...modelFields,
  lane: z.string().min(1).optional(),
  ...switchOptions,
});

/** Returns the model that a body names in either field. Throws `invalid_body` if the two differ. */
export function namedModel(body: {
  readonly model_id?: string | undefined;
  readonly model?: string | undefined;
}): string | undefined {
  const { model_id, model } = body;
  if (model_id === undefined || model === undefined || model_id === model) return model_id ?? model;
  throw new GatewayError('invalid_body', '"model" and "model_id" name different models; set one of them', {
    param: 'model',
  });
}

/** Returns the target of a switch. Throws `invalid_body` unless it is named in exactly one way. */
export function switchTarget(body: z.infer<typeof switchSchema>): SwitchTarget {
  const { provider, lane } = body;
  const model_id = namedModel(body);
  if (lane !== undefined && provider === undefined && model_id === undefined) return { lane };
  if (lane === undefined && provider !== undefined && model_id !== undefined)
    return { provider, modelId: model_id };
  throw new GatewayError('invalid_body', 'set either "provider" and "model_id", or "lane"', {
    param: lane === undefined ? (provider === undefined ? 'provider' : 'model_id') : 'lane',
  });
}

/** The `rollback` of a body, as the registry takes it; absent without one. */
export function rollbackOf({ rollback }: Pick<z.infer<typeof switchSchema>, 'rollback'>): {
  readonly rollback?: RollbackTerms;
} {
  if (rollback === null || rollback === undefined) return {};
  return { rollback: { afterErrors: rollback.after_errors, withinS: rollback.within_s } };
}

/** A warning that a requested rollback has nothing to watch; call it after the switch. */
export function rollbackWarnings(
  { rollback }: Pick<z.infer<typeof switchSchema>, 'rollback'>,
  key: OverrideKey,
  { registry }: Pick<HttpPorts, 'registry'>,
): Warning[] {
  if (rollback === null || rollback === undefined || registry.rollbacks.of(key) !== null) return [];
  return [
    { code: 'rollback_unused', detail: 'the target was assigned already: there is nothing to roll back to' },
  ];
}

/** When a switch made at `wall` (ms since 1970) expires, in ISO 8601; null for a permanent one. */
export function expiryOf(seconds: number | null | undefined, wall: number): string | null {
  return seconds === null || seconds === undefined ? null : new Date(wall + seconds * 1000).toISOString();
}

/**
 * Throws 409 `unfit_target`, with `detail.reasons`, for an ineligible target. A model that its server does not list is
 * `model_not_found` instead. `advice` ends the message.
 */
export function rejectIneligible(
  subject: string,
  { assignment, unfit }: CheckedTarget,
  param: 'model_id' | 'model' = 'model_id',
  advice = '; "force": true assigns it anyway',
): void {
  const [first] = unfit;
  if (first === undefined) return;
  const target = assignment.model ?? `lane:${assignment.lane ?? ''}`;
  if (unfit.length === 1 && first.code === 'not_served') {
    throw new GatewayError('model_not_found', `${target}: ${first.reason}`, { param });
  }
  const reasons = unfit.map(({ reason }) => reason).join('; ');
  const message = `${target} is unfit for ${subject}: ${reasons}${advice}`;
  throw new GatewayError('unfit_target', message, { detail: { reasons: unfit } });
}

/** The check of a target, with what its pool adds: there is no room for the model. */
export function withRoom(checked: CheckedTarget, { engines }: Pick<HttpPorts, 'engines'>): CheckedTarget {
  const { assignment, unfit } = checked;
  const reason = assignment.model === null ? null : engines.misfit(assignment.model);
  if (reason === null || unfit.some(({ code }) => code === 'does_not_fit')) return checked;
  return { assignment, unfit: [...unfit, { code: 'does_not_fit', reason }] };
}

/**
 * Warnings that there is no room for models of a configuration: nobody asked for one of them alone, so that it is no
 * reason to refuse it. A model that is assigned several times is named once.
 */
export function roomWarnings(
  assigned: readonly { readonly subject: string; readonly model: string }[],
  ports: Pick<HttpPorts, 'registry' | 'engines'>,
): Warning[] {
  const { snapshot } = ports.registry;
  return [...Map.groupBy(assigned, ({ model }) => model)].flatMap(([name, subjects]) => {
    const model = findModel(name, snapshot);
    if (model === null) return [];
    const subject = { kind: model.kind, cloud: null };
    const checked = {
      assignment: { model: model.id, lane: null },
      unfit: ineligibilities(subject, model, snapshot),
    };
    const misfit = withRoom(checked, ports).unfit.find(({ code }) => code === 'does_not_fit');
    const names = subjects.map((each) => each.subject).join(', ');
    return misfit === undefined ? [] : [{ code: 'does_not_fit', detail: `${names}: ${misfit.reason}` }];
  });
}

/** Warnings of a switch: the checks that it overruled, and that vectors of different models cannot be compared. */
export function switchWarnings(subject: SwitchSubject, overruled: readonly Ineligibility[]): Warning[] {
  const warnings: Warning[] = overruled.map(({ code, reason }) => ({ code, detail: reason }));
  if (subject.kind === 'embeddings') {
    warnings.push({
      code: 'vectors_do_not_mix',
      detail: 'stored vectors of the previous model must be recomputed',
    });
  }
  return warnings;
}

/**
 * Warnings for a node or lane as it is, or would be, after a switch: its target cannot answer now or is retired, with
 * who answers meanwhile. `user` is the one whose overrides apply; null: none.
 */
export function outlookWarnings(
  switched: Switched,
  user: string | null,
  { registry, execution, clock, engines }: Pick<HttpPorts, 'registry' | 'execution' | 'clock' | 'engines'>,
): Warning[] {
  const now = clock.now();
  const after = snapshotAfter(switched, registry.snapshotFor(user));
  const warnings = switchOutlook(switched, after, execution.health.at(now), now);
  const model =
    switched.kind === 'node' ? switched.node.assignment.model : (switched.lane.override?.model ?? null);
  // How long a load takes is irrelevant where there is no room for it.
  if (model === null || engines.misfit(model) === null) return warnings;
  return warnings.filter(({ code }) => code !== 'loading');
}
