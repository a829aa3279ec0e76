import type { RequestKind } from '../protocol/capabilities.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import type { ExclusionCode } from './plan.ts';
import type { ModelEntry } from './snapshot.ts';

/**
 * The fact, if any, for which a target cannot serve a request. `cloudAllowed` false keeps the request on local
 * providers. An unknown capability never excludes.
 */
export function exclusion(
  target: ModelEntry,
  facts: RequestFacts,
  cloudAllowed: boolean,
): ExclusionCode | null {
  // First: a request of the wrong kind fails whatever the configuration, so no key must be set before that shows.
  if (!servesKind(target, facts.kind)) return 'wrong_kind';
  if (target.provider.disabled === true) return 'not_allowed';
  if (!cloudAllowed && !isLocal(target)) return 'not_allowed';
  if (target.provider.missingKey !== null) return 'needs_key';
  if ((target.provider.answersAnyName || target.environmentTargetOf !== null) && target.inList === false)
    return 'not_served';
  if (target.memoryShortage?.kind === 'min') return 'does_not_fit';
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

/** Does the model run on a local server? One that its server passes on to a cloud does not. */
export function isLocal({ provider, remote }: Pick<ModelEntry, 'provider' | 'remote'>): boolean {
  return provider.local && remote !== true;
}

/** Does the model serve requests of this kind? A chat model may also support embeddings; direct calls know no kinds. */
export function servesKind(model: ModelEntry, kind: RequestKind): boolean {
  if (model.kind === kind || kind === 'direct') return true;
  return kind === 'embeddings' && model.kind === 'chat' && model.capabilities.supports_embeddings === true;
}

/**
 * The share of an estimate that is needed at least. The estimate (4 bytes per token) is too high for code and non-Latin
 * scripts. Embedding models have small contexts that callers fill deliberately, so the densest English counts: 12 bytes
 * per token. Direct calls are not counted in tokens.
 */
const MINIMUM_SHARES: Readonly<Record<RequestKind, number>> = {
  chat: 0.75,
  embeddings: 0.33,
  rerank: 0.33,
  direct: 0,
};

/**
 * The context that the input of a request needs at least, in tokens. The requested output does not count: it is an upper
 * bound, which clients such as Claude Code set to the same number for every model, and one that does not fit is lowered
 * (`src/wire/output-limit.ts`).
 */
export function tokensNeeded({ kind, longestInputTokens, estimatedTokens }: RequestFacts): number {
  return MINIMUM_SHARES[kind] * (longestInputTokens ?? estimatedTokens);
}
