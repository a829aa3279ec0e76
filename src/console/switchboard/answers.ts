import type { Assignment, AvailableModel } from '../api/types.ts';
import { STATUS } from './status-words.ts';

/** Statuses of models that cannot answer until somebody changes something, or their server comes back. */
const DOWN: readonly AvailableModel['status'][] = [
  'needs_key',
  'key_refused',
  'unreachable',
  'gone',
  'disabled',
  'not_installed',
];

/**
 * Why the model that requests are sent to cannot answer now: `unreachable`; null: it can, or its status is unknown. A
 * plan has such a model first only if no other one can answer.
 */
export function downReason(target: string | null, available: readonly AvailableModel[]): string | null {
  const model = available.find(({ provider, model_id: id }) => `${provider}/${id}` === target);
  return model !== undefined && DOWN.includes(model.status) ? STATUS[model.status].text : null;
}

/** Which model answers for a node or lane now, or that nothing does and why. */
export function answersText({ answers }: Assignment, available: readonly AvailableModel[]): string {
  if (answers.target === null) return answers.reason ?? 'no target available';
  const reason = downReason(answers.target, available);
  return reason === null
    ? `answered by ${answers.target} now`
    : `nothing answers now (tried first: ${answers.target}, ${reason})`;
}

/** Whether no model can answer: the gateway lacks an engine or a key. */
export function isNothingUp(available: readonly AvailableModel[]): boolean {
  return available.every(({ status }) => DOWN.includes(status));
}
