import type { RequestKind } from '../protocol/capabilities.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import { noKey, refusedKeyAdvice } from '../protocol/missing-key.ts';
import { spanText } from '../util/span-text.ts';
import { tokensNeeded } from './eligible.ts';
import type { Deferral, Plan, PlanEntry } from './plan.ts';
import type { ModelEntry, NodeEntry } from './snapshot.ts';

/** Of a model whose file is in its provider's folder. */
export const NOT_LOADED = ': it has a file in models_dir, which its server has not loaded';

/**
 * Why a target is deferred or excluded, as one phrase; null for a ready target. `now` is monotonic milliseconds; null
 * omits the times.
 */
export function reasonOf(entry: PlanEntry, facts: RequestFacts, now: number | null): string | null {
  const { target } = entry.link;
  if (entry.deferral !== null) return deferralReason(entry.deferral, now) + keyAdvice(entry.deferral, target);
  switch (entry.code) {
    case null:
      return null;
    case 'needs_key':
      return noKey(target.provider.missingKey ?? 'set its api_key');
    case 'not_served':
      return `${target.provider.name} does not list it${target.file === undefined ? '' : NOT_LOADED}`;
    case 'not_allowed':
      if (target.provider.disabled === true) return `provider "${target.provider.id}" is disabled`;
      return `not local, and "cloud" is false${entry.cloudFalseIn === null ? '' : ` in ${entry.cloudFalseIn}`}`;
    case 'unmet_requirement':
      return entry.link.unmet;
    case 'does_not_fit':
      return shortageReason(target);
    case 'wrong_kind':
      // A model may serve both kinds, its node serves one.
      return target.kind === facts.kind
        ? `not for ${facts.kind} through this node`
        : `serves ${target.kind}, not ${facts.kind}`;
    case 'context_too_small':
      return `context of ${target.capabilities.context_length ?? 0} tokens, about ${Math.ceil(tokensNeeded(facts))} needed`;
    case 'no_tools':
      return 'does not support tools';
    case 'no_vision':
      return 'does not support images';
    case 'no_json_schema':
      return 'does not support JSON schemas';
    case 'no_fallback':
      return 'x-laneway-no-fallback allows only the first target';
    default:
      return entry.code;
  }
}

/** Why a model does not fit into the memory, as one phrase. */
export function shortageReason({ memoryShortage }: ModelEntry): string {
  if (memoryShortage === undefined) return 'does not fit into the memory';
  const { neededGb, freeGb, heldGb } = memoryShortage;
  const held = heldGb === 0 ? '' : `, ${heldGb.toFixed(1)} GB more are held by other models of its server`;
  return `needs ${neededGb} GB of memory, ${freeGb.toFixed(1)} GB are free${held}`;
}

/** A deferral as one phrase: `refused the connection 4 s ago; next probe in 11 s`. `now` as in `reasonOf`. */
export function deferralReason(deferral: Deferral, now: number | null): string {
  if (now === null || deferral.since === null) return deferral.cause;
  const ago = `${deferral.cause} ${spanText(now - deferral.since)} ago`;
  if (deferral.until === null || deferral.until <= now) return ago;
  return `${ago}; ${deferral.code === 'unreachable' ? 'next probe' : 'retry'} in ${spanText(deferral.until - now)}`;
}

/** What to do when a key was refused; empty for any other deferral. */
function keyAdvice({ code, cause }: Deferral, { provider }: ModelEntry): string {
  if (code !== 'key_refused') return '';
  return `; ${refusedKeyAdvice(provider.name, provider.keyVariable ?? null, cause)}`;
}

/**
 * The chain in one line: `coder: vllm/x refused the connection; anthropic/y passed over (no key: …)`. `ended` is why the
 * targets that remain were not tried; null: for their own reasons.
 */
export function describeChain(
  plan: Plan,
  failures: ReadonlyMap<string, string>,
  now: number,
  ended: string | null = null,
): string {
  const parts: string[] = [];
  for (const [id, summary] of failures) parts.push(`${id} ${summary}`);
  const untried = ended === null ? [] : plan.entries.filter((entry) => isUntried(entry, failures));
  if (ended !== null && untried.length > 0)
    parts.push(`${untried.map(({ link }) => link.target.id).join(', ')} not tried (${ended})`);
  for (const entry of plan.entries) {
    const { id } = entry.link.target;
    if (failures.has(id) || untried.includes(entry)) continue;
    const reason = reasonOf(entry, plan.facts, now);
    if (entry.eligible) parts.push(reason === null ? `${id} not tried` : `${id} not tried (${reason})`);
    else parts.push(`${id} passed over (${reason ?? 'excluded'})`);
  }
  const chain = parts.join('; ');
  const name = plan.node?.name ?? plan.lane?.name ?? plan.destination.requested;
  // A request by model id: the chain begins with the same id.
  const isNamed = plan.destination.kind === 'model' && chain.startsWith(name);
  return isNamed ? chain : `${name}: ${chain}`;
}

function isUntried({ eligible, link }: PlanEntry, failures: ReadonlyMap<string, string>): boolean {
  return eligible && !failures.has(link.target.id);
}

/** The field with a request's text, by kind. */
const INPUTS: Readonly<Record<RequestKind, string>> = {
  chat: 'messages',
  embeddings: 'input',
  rerank: 'documents',
  direct: 'model',
};

const KIND_ADVICE: Readonly<Record<RequestKind, string>> = {
  chat: 'use a chat node, a lane or a chat model',
  embeddings: 'use the node "embeddings", another node of that kind, or an embeddings model',
  rerank: 'use the node "rerank", another node of that kind, or a rerank model',
  direct: 'use a model by its full id',
};

function wrongNodeError({ name, kind }: NodeEntry, facts: RequestFacts): GatewayError {
  const message = `node "${name}" serves ${kind}, not ${facts.kind}: ${KIND_ADVICE[facts.kind]}`;
  return new GatewayError('unsupported_parameter', message, { param: 'model' });
}

/** A node of another kind than chat was put on a lane, because the provider of its model was removed. */
function nodeWithoutModelError({ name, kind }: NodeEntry): GatewayError {
  const message = `node "${name}" has no model: set "model": "PROVIDER/MODEL" in nodes.${name} of config/user_models.json, or PUT /api/debug/models/${name} with "provider" and "model_id" of a model for ${kind}`;
  return new GatewayError('no_target', message, { shouldRetry: false });
}

/** Reasons that only the operator can remove: no request could use such a target. */
const UNUSABLE: ReadonlySet<PlanEntry['code']> = new Set([
  'needs_key',
  'not_allowed',
  'not_served',
  'no_fallback',
  'unmet_requirement',
  'does_not_fit',
]);

/**
 * The error for a plan without eligible targets; null when there is one. A prompt that is too large for every target which
 * could serve a smaller one is the client's to shorten: programs such as Claude Code do that for this error, and repeat
 * the request after any other.
 */
export function emptyPlanError(plan: Plan, now: number): GatewayError | null {
  if (plan.eligible > 0) return null;
  const codes = new Set(plan.entries.map((entry) => entry.code));
  const only = codes.size === 1 ? [...codes][0] : undefined;
  const chain = describeChain(plan, new Map(), now);
  const usable = plan.entries.filter(({ code }) => !UNUSABLE.has(code));
  if (usable.length > 0 && usable.every(({ code }) => code === 'context_too_small')) {
    const windows = usable.map(({ link }) => link.target.capabilities.context_length ?? 0);
    const overflow = { tokens: Math.ceil(tokensNeeded(plan.facts)), window: Math.max(...windows) };
    return new GatewayError('context_length_exceeded', chain, { param: INPUTS[plan.facts.kind], overflow });
  }
  if (plan.node !== null && plan.node.kind !== plan.facts.kind) return wrongNodeError(plan.node, plan.facts);
  if (only === 'wrong_kind') return new GatewayError('unsupported_parameter', chain, { param: 'model' });
  if (only === 'not_served' && plan.destination.kind === 'model') {
    return new GatewayError('model_not_found', chain, { param: 'model' });
  }
  if (plan.entries.length === 0 && plan.node !== null && plan.facts.kind !== 'chat')
    return nodeWithoutModelError(plan.node);
  if (plan.entries.length === 0 && plan.facts.kind !== 'chat') {
    const message = `${chain}lanes serve chat only, not ${plan.facts.kind}: request a model, or a node that is assigned to a model`;
    return new GatewayError('unsupported_parameter', message, { param: 'model' });
  }
  const message = plan.entries.length === 0 ? `${chain}no target is configured` : chain;
  return new GatewayError('no_target', message, { shouldRetry: false });
}
