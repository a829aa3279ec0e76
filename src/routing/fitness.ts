import { allowsCloud } from './cloud.ts';
import { GatewayError } from '../protocol/errors.ts';
import { noKey } from '../protocol/missing-key.ts';
import { formatModelId } from '../protocol/model-id.ts';
import { nearestAdvice } from '../util/nearest.ts';
import { isLocal, servesKind } from './eligible.ts';
import { modelNameAdvice, providerNameAdvice } from './name-advice.ts';
import { findModel, unusableModel } from './name.ts';
import { NOT_LOADED, shortageReason } from './reason.ts';
import type { Assignment, LaneEntry, ModelEntry, NodeEntry, Snapshot } from './snapshot.ts';
import { unreadableName } from './unreadable-file.ts';

/** A fact for which a target is unfit for a node or lane. Deferrals never make a target unfit. */
export interface Ineligibility {
  readonly code: 'not_served' | 'needs_key' | 'wrong_kind' | 'does_not_fit' | 'not_allowed';
  readonly reason: string;
}

/** The target of a switch, as the caller wrote it. */
export type SwitchTarget =
  { readonly provider: string; readonly modelId: string } | { readonly lane: string };

/** A switch's target, resolved and checked. */
export interface CheckedTarget {
  readonly assignment: Assignment;
  /** Empty for a fit target. */
  readonly unfit: readonly Ineligibility[];
}

/** What a node or lane that is switched requires of its target. */
export type SwitchSubject = Pick<NodeEntry, 'kind' | 'cloud'>;

/** A lane as the subject of a switch, which puts a chat model first in its chain. */
export function laneSubject({ cloud }: LaneEntry): SwitchSubject {
  return { kind: 'chat', cloud };
}

/** Resolves and checks a switch's target. Throws 404 for an unknown provider, model or lane. */
export function checkTarget(subject: SwitchSubject, to: SwitchTarget, snapshot: Snapshot): CheckedTarget {
  if ('lane' in to) {
    if (!snapshot.lanes.has(to.lane)) {
      const name = to.lane.replace(/^lane:/, '');
      const message = `unknown lane "${to.lane}"${nearestAdvice(name, snapshot.lanes.keys())}`;
      throw new GatewayError('lane_not_found', message, { param: 'lane' });
    }
    const unfit: Ineligibility[] =
      subject.kind === 'chat'
        ? []
        : [{ code: 'wrong_kind', reason: `lanes serve chat only, not ${subject.kind}` }];
    return { assignment: { model: null, lane: to.lane }, unfit };
  }
  const model = findTarget(to.provider, to.modelId, snapshot);
  return { assignment: { model: model.id, lane: null }, unfit: ineligibilities(subject, model, snapshot) };
}

/**
 * Finds a model by provider and model id, for Laneway's own API. Throws 404 with the nearest names; `field` is the
 * request's field with the model id.
 */
export function findTarget(
  provider: string,
  modelId: string,
  snapshot: Snapshot,
  field: 'model_id' | 'model' = 'model_id',
): ModelEntry {
  if (!snapshot.providers.has(provider)) {
    const message = `unknown provider "${provider}"${providerNameAdvice(provider, snapshot)}`;
    throw new GatewayError('provider_not_found', message, { param: 'provider' });
  }
  const id = fullId(provider, modelId, snapshot);
  const model = findModel(id, snapshot);
  if (model !== null) return model;
  const unreadable = unreadableName(id, snapshot);
  if (unreadable !== null) throw unusableModel(id, unreadable, field);
  const advice = modelNameAdvice(id, snapshot.models.keys(), snapshot);
  throw new GatewayError('model_not_found', `unknown model "${id}"${advice}`, { param: field });
}

/** `provider` and `modelId` joined; a full id of the same provider as `modelId` is read as it is meant. */
function fullId(provider: string, modelId: string, { models }: Snapshot): string {
  const id = formatModelId(provider, modelId);
  return modelId.startsWith(`${provider}/`) && !models.has(id) ? modelId : id;
}

/** Why a model is unfit for a node or lane; empty when it is fit. */
export function ineligibilities(
  subject: SwitchSubject,
  model: ModelEntry,
  { cloud }: Pick<Snapshot, 'cloud'>,
): Ineligibility[] {
  const unfit: Ineligibility[] = [];
  const { provider } = model;
  if (provider.disabled === true)
    unfit.push({
      code: 'not_allowed',
      reason: `provider "${provider.id}" is disabled; set its "enabled" to true`,
    });
  if (provider.missingKey !== null) unfit.push({ code: 'needs_key', reason: noKey(provider.missingKey) });
  // Elsewhere a model may appear in the list later; until then it is deferred as `missing`.
  if (provider.answersAnyName && model.inList === false) {
    const why = model.file === undefined ? '' : NOT_LOADED;
    unfit.push({ code: 'not_served', reason: `${provider.name} does not list ${model.modelId}${why}` });
  }
  if (!servesKind(model, subject.kind)) {
    unfit.push({
      code: 'wrong_kind',
      reason: `${model.id} serves ${model.kind}, not ${subject.kind}`,
    });
  }
  if (model.memoryShortage?.kind === 'min')
    unfit.push({ code: 'does_not_fit', reason: `${model.id} ${shortageReason(model)}` });
  if (!isLocal(model) && !allowsCloud(cloud, [subject])) {
    const place = subject.cloud === false ? 'here' : 'in defaults';
    unfit.push({ code: 'not_allowed', reason: `${model.id} is not local, and "cloud" is false ${place}` });
  }
  return unfit;
}
