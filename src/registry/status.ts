import type { Health } from '../routing/health.ts';
import type { ModelEntry } from '../routing/snapshot.ts';

/** How a model stands, for lists (API section 4). */
export type ModelStatus =
  'available' | 'loaded' | 'loading' | 'unloaded' | 'needs_key' | 'unreachable' | 'gone' | 'unknown';

/** How a model stands now; `now` is monotonic ms. */
export function modelStatus(model: ModelEntry, health: Health, now: number): ModelStatus {
  if (model.provider.missingKey !== null) return 'needs_key';
  const mood = health.at(now).mood(model);
  if (mood?.code === 'unreachable') return 'unreachable';
  if (mood?.code === 'loading') return 'loading';
  const listIsWhole = model.provider.completeList || model.provider.answersAnyName;
  if (mood?.code === 'missing' || (listIsWhole && model.inList === false)) return 'gone';
  if (model.inList === true) return model.status ?? 'available';
  return 'unknown';
}
