import type { Kind } from '../protocol/capabilities.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import type { ExclusionCode } from './plan.ts';
import type { ModelEntry } from './snapshot.ts';

/**
 * The fact, if any, for which a target cannot serve a request (DESIGN section 5, "facts exclude").
 * `cloudAllowed` false keeps the request on this machine. An unknown capability never disqualifies.
 */
export function exclusion(
  target: ModelEntry,
  facts: RequestFacts,
  cloudAllowed: boolean,
): ExclusionCode | null {
  if (target.provider.missingKey !== null) return 'needs_key';
  if (!cloudAllowed && !target.provider.local) return 'not_allowed';
  if ((target.provider.answersAnyName || target.frontOf !== null) && target.inList === false)
    return 'not_served';
  if (!servesKind(target, facts.kind)) return 'wrong_kind';
  const known = target.capabilities;
  if (known.context_length !== undefined && tokensNeeded(facts) > known.context_length)
    return 'context_too_small';
  for (const need of facts.needs) {
    if (need === 'tools' && known.supports_tools === false) return 'no_tools';
    if (need === 'vision' && known.supports_vision === false) return 'no_vision';
    if (need === 'json_schema' && known.supports_json_schema === false) return 'no_json_schema';
  }
  return null;
}

/** Is it a model for requests of this kind? A chat model may be known to embed as well. */
export function servesKind(model: ModelEntry, kind: Kind): boolean {
  return model.kind === kind || (kind === 'embeddings' && model.capabilities.supports_embeddings === true);
}

/** 0.75 × estimated input, since the estimate runs high on code and foreign scripts, plus the asked output. */
export function tokensNeeded(facts: RequestFacts): number {
  const input = facts.longestInputTokens ?? facts.estimatedTokens;
  return 0.75 * input + (facts.maxOutputTokens ?? 0);
}
