import { z } from 'zod';

import { GatewayError } from '../protocol/errors.ts';
import type { OverrideSettings } from '../protocol/assignment.ts';
import type { AssignmentTarget } from '../registry/assignments/assignments.ts';
import { checkTarget, laneSubject } from '../routing/fitness.ts';
import { modelNameAdvice } from '../routing/name-advice.ts';
import { findModel } from '../routing/name.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { HttpPorts } from './ports.ts';
import type { AssignmentSubject } from './subject.ts';
import { modelFields, rejectIneligible, switchTarget, withRoom } from './switch-request.ts';

/** Most fallbacks of a node: a request tries three targets at most. */
const FALLBACKS_MAX = 20;

/** What the configuration service sets of a node. */
export const nodeConfigFields = {
  provider: z.string().min(1).optional(),
  ...modelFields,
  lane: z.string().min(1).optional().describe('In place of `provider` and `model_id`.'),
  temperature: z.number().min(0).nullish(),
  max_tokens: z.int().min(1).nullish(),
  params: z
    .record(z.string(), z.unknown())
    .nullish()
    .describe('Further parameters, for requests that leave them out.'),
  fallbacks: z
    .array(z.string().min(1))
    .max(FALLBACKS_MAX)
    .nullish()
    .describe('Full model ids, tried after the model; absent: those of the configuration.'),
};

/** `nodeConfigFields` as a type. */
export type NodeConfigBody = z.infer<z.ZodObject<typeof nodeConfigFields>>;

/** Parameters of a request that only the caller can set. */
const CALLERS_OWN = ['model', 'messages', 'stream'];

/**
 * The override that a body asks for. Throws 404 for an unknown provider, model, lane or fallback, 409 `unfit_target`,
 * and `invalid_body`; `at` is put before the names of fields: `config.evaluate.`.
 */
export function nodeConfigTarget(
  subject: AssignmentSubject,
  body: NodeConfigBody,
  ports: Pick<HttpPorts, 'registry' | 'engines'>,
  at = '',
): AssignmentTarget {
  try {
    return targetOf(subject, body, ports);
  } catch (error) {
    if (at === '' || !(error instanceof GatewayError)) throw error;
    const { param, ...options } = error.options;
    throw new GatewayError(error.code, `${at.slice(0, -1)}: ${error.message}`, {
      ...options,
      param: `${at}${param ?? ''}`.replace(/\.$/, ''),
    });
  }
}

function targetOf(
  subject: AssignmentSubject,
  body: NodeConfigBody,
  ports: Pick<HttpPorts, 'registry' | 'engines'>,
): AssignmentTarget {
  const { snapshot } = ports.registry;
  const settings = settingsOf(body, snapshot);
  if (subject.kind === 'lane' && (settings !== null || body.lane !== undefined)) {
    const message = `${subject.subject} takes "provider" and "model_id" only: its parameters and targets are those of the lane`;
    throw new GatewayError('invalid_body', message);
  }
  const required = subject.kind === 'lane' ? laneSubject(subject.lane) : subject.node;
  const checked = withRoom(checkTarget(required, switchTarget(body), snapshot), ports);
  rejectIneligible(subject.subject, checked, 'model_id', '');
  return { ...checked.assignment, settings };
}

/** null where the configured ones apply. */
function settingsOf(
  { temperature, max_tokens: maxTokens, params: others, fallbacks }: NodeConfigBody,
  snapshot: Snapshot,
): OverrideSettings | null {
  const named = Object.entries({ temperature, max_tokens: maxTokens }).filter(([, value]) => value != null);
  for (const name of Object.keys(others ?? {})) rejectParam(name, new Map(named));
  const params = { ...others, ...Object.fromEntries(named) };
  const ids = fallbacks?.map((id) => fallbackId(id, snapshot)) ?? null;
  return Object.keys(params).length === 0 && ids === null ? null : { params, fallbacks: ids };
}

function rejectParam(name: string, named: ReadonlyMap<string, unknown>): void {
  const param = `params.${name}`;
  if (CALLERS_OWN.includes(name)) {
    throw new GatewayError('invalid_body', `${param}: cannot have a default; only the caller sets it`, {
      param,
    });
  }
  if (named.has(name)) {
    throw new GatewayError('invalid_body', `${param}: "${name}" is set twice; remove one of them`, { param });
  }
}

function fallbackId(id: string, snapshot: Snapshot): string {
  const model = findModel(id, snapshot);
  if (model !== null) return model.id;
  const advice = modelNameAdvice(id, snapshot.models.keys(), snapshot);
  throw new GatewayError('model_not_found', `unknown fallback "${id}"${advice}`, { param: 'fallbacks' });
}
