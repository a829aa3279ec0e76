import type { Health } from '../routing/health.ts';
import type { ModelEntry } from '../routing/snapshot.ts';

/** The statuses of models in lists. */
export const MODEL_STATUSES = [
  'available',
  'loaded',
  'loading',
  'unloaded',
  'needs_key',
  'disabled',
  'unreachable',
  'gone',
  'unknown',
] as const;
/** The status of a model. */
export type ModelStatus = (typeof MODEL_STATUSES)[number];

/** The current status of a model; `now` is monotonic ms. */
export function modelStatus(model: ModelEntry, health: Health, now: number): ModelStatus {
  if (model.provider.disabled === true) return 'disabled';
  if (model.provider.missingKey !== null) return 'needs_key';
  const deferral = health.at(now).deferral(model);
  if (deferral?.code === 'unreachable') return 'unreachable';
  if (deferral?.code === 'loading') return 'loading';
  const listIsComplete = model.provider.completeList || model.provider.answersAnyName;
  if (deferral?.code === 'missing' || (listIsComplete && model.inList === false)) return 'gone';
  if (model.inList === true) return model.status ?? 'available';
  return 'unknown';
}
