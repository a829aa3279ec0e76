import type { Assignment } from '../api/types.ts';
import { targetName } from '../format.ts';
import type { Subject } from '../state/assignments.svelte.ts';

/** The default of a node, such as `demo/quick` or `lane:coder`; a lane's is its configured order, with the model that is first. */
export function defaultText({ id, assignment }: Subject): string {
  const { provider, model_id } = assignment.default;
  if (!id.startsWith('lane:')) return targetName(assignment.default) ?? 'none';
  if (provider === null || model_id === null) return 'the configured order';
  return `the configured order (now ${provider}/${model_id})`;
}

/** Whether another model or lane than the default is assigned; an override may set parameters alone. */
export function hasOtherTarget({ id, assignment }: Subject): boolean {
  if (assignment.is_default) return false;
  return id.startsWith('lane:') || assignment.assigned !== targetName(assignment.default);
}

/** What the override sets besides the target: `temperature 0.4, fallbacks demo/careful`; null: nothing. */
export function parameterText({ settings }: Assignment): string | null {
  if (settings === undefined) return null;
  const params = Object.entries(settings.params).map(([name, value]) => `${name} ${textOf(value)}`);
  const { fallbacks } = settings;
  if (fallbacks === null) return params.join(', ');
  return [...params, `fallbacks ${fallbacks.length === 0 ? 'none' : fallbacks.join(', ')}`].join(', ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
