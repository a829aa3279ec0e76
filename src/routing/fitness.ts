import { GatewayError } from '../protocol/errors.ts';
import { formatModelId } from '../protocol/model-id.ts';
import { nearestAdvice } from '../util/nearest.ts';
import { findModel } from './name.ts';
import type { Assignment, ModelEntry, NodeEntry, Snapshot } from './snapshot.ts';

/** Why a target does not suit a node, by fact; moods never make it unfit (API section 4). */
export interface Unfit {
  readonly code: 'not_served' | 'needs_key' | 'wrong_kind' | 'not_allowed';
  readonly reason: string;
}

/** Where a switch wants to go, as the caller wrote it. */
export type SwitchTarget =
  { readonly provider: string; readonly modelId: string } | { readonly lane: string };

/** A switch's target, looked up, with what speaks against it. */
export interface JudgedTarget {
  readonly assignment: Assignment;
  readonly unfit: readonly Unfit[];
}

/** Looks a switch's target up and judges it. Throws 404 for a provider, model or lane that is not known. */
export function judgeTarget(node: NodeEntry, to: SwitchTarget, snapshot: Snapshot): JudgedTarget {
  if ('lane' in to) {
    if (!snapshot.lanes.has(to.lane)) {
      throw notFound('lane_not_found', `unknown lane "${to.lane}"`, to.lane, snapshot.lanes.keys(), 'lane');
    }
    const unfit: Unfit[] =
      node.kind === 'chat' ? [] : [{ code: 'wrong_kind', reason: `lanes serve chat, not ${node.kind}` }];
    return { assignment: { model: null, lane: to.lane }, unfit };
  }
  if (!snapshot.providers.has(to.provider)) {
    const known = snapshot.providers.keys();
    throw notFound('provider_not_found', `unknown provider "${to.provider}"`, to.provider, known, 'provider');
  }
  const id = formatModelId(to.provider, to.modelId);
  const model = findModel(id, snapshot);
  if (model === null) {
    throw notFound('model_not_found', `unknown model "${id}"`, id, snapshot.models.keys(), 'model_id');
  }
  return { assignment: { model: model.id, lane: null }, unfit: unfitReasons(node, model) };
}

function unfitReasons(node: NodeEntry, model: ModelEntry): Unfit[] {
  const unfit: Unfit[] = [];
  const { provider } = model;
  if (provider.missingKey !== null)
    unfit.push({ code: 'needs_key', reason: `no key: ${provider.missingKey}` });
  if ((provider.completeList || provider.answersAnyName) && model.inList === false) {
    unfit.push({ code: 'not_served', reason: `${provider.name} does not list ${model.modelId}` });
  }
  if (model.kind !== node.kind) {
    unfit.push({
      code: 'wrong_kind',
      reason: `${model.id} is a model for ${model.kind}, the node is for ${node.kind}`,
    });
  }
  if (!node.cloud && !provider.local) {
    unfit.push({ code: 'not_allowed', reason: `${model.id} is not local, and the node has "cloud": false` });
  }
  return unfit;
}

function notFound(
  code: 'lane_not_found' | 'provider_not_found' | 'model_not_found',
  message: string,
  name: string,
  known: Iterable<string>,
  param: string,
): GatewayError {
  return new GatewayError(code, message + nearestAdvice(name, known), { param });
}
