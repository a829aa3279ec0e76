import type { TargetReply } from '../client/replies.ts';

/** What a node or lane is assigned to, as commands take it: `groq/llama-3.3-70b-versatile`, or `lane:coder`. */
export function targetText(target: TargetReply): string {
  if (target.lane !== null) return `lane:${target.lane}`;
  return modelText(target) ?? '-';
}

/** The full id of the model that would answer; null when none would. */
export function modelText({ provider, model_id: modelId }: TargetReply): string | null {
  return provider === null || modelId === null ? null : `${provider}/${modelId}`;
}
