import type { Health } from '../routing/health.ts';
import type { ModelEntry } from '../routing/snapshot.ts';

/** The statuses of models in lists. */
export const MODEL_STATUSES = [
  'available',
  'loaded',
  'loading',
  'unloaded',
  'needs_key',
  'key_refused',
  'disabled',
  'cooling_down',
  'breaker_open',
  'unreachable',
  'gone',
  'not_installed',
  'unknown',
] as const;
/** The status of a model. */
export type ModelStatus = (typeof MODEL_STATUSES)[number];

/** The current status of a model; `now` is monotonic ms. */
export function modelStatus(model: ModelEntry, health: Health, now: number): ModelStatus {
  if (model.provider.disabled === true) return 'disabled';
  if (model.provider.missingKey !== null) return 'needs_key';
  // Its server has to load it first, whether that runs or not.
  if (model.file !== undefined && model.inList !== true) return 'unloaded';
  const deferral = health.at(now).deferral(model);
  if (deferral !== null && deferral.code !== 'missing') return deferral.code;
  const listIsComplete = model.provider.completeList || model.provider.answersAnyName;
  if (listIsComplete && model.inList === false) return model.unseen === null ? 'gone' : 'not_installed';
  if (deferral !== null) return 'gone';
  if (model.inList === true) return model.status ?? 'available';
  return 'unknown';
}
