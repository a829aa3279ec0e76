import type { ChatRequest } from '../../protocol/chat.ts';
import type { ModelRules } from '../../protocol/model-rules.ts';
import type { TargetRequest } from '../exchange.ts';
import { filledString, finiteNumber } from '../json/value.ts';
import type { WarningList } from '../warning-list.ts';

/** Sent where neither the client nor anything known of the model names a limit: the Messages API demands one. */
const ASSUMED_MAX_TOKENS = 4096;

/** From this version on the API refuses `temperature`, `top_p` and `top_k` whatever the model (wire case 103). */
const WITHOUT_SAMPLING = '2026-10-21';

/** Below it `top_p` is refused beside thinking (docs, extended thinking, feature compatibility). */
const MIN_TOP_P_THINKING = 0.95;

/** What a chat request says beside its conversation, its tools and the shape of its answer. */
export type Parameters = Pick<
  ChatRequest,
  'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'stop' | 'user' | 'serviceTier'
>;

/** A target's defaults, which are in the words of OpenAI chat, in neutral ones. A value of a wrong type is none. */
export function readDefaults(params: Readonly<Record<string, unknown>>): Parameters {
  const { stop, service_tier: tier } = params;
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return {
    maxOutputTokens: finiteNumber(params['max_completion_tokens'] ?? params['max_tokens']),
    temperature: finiteNumber(params['temperature']),
    topP: finiteNumber(params['top_p']),
    topK: finiteNumber(params['top_k']),
    stop: stops.filter((sequence) => typeof sequence === 'string'),
    user: filledString(params['safety_identifier']) ?? filledString(params['user']),
    serviceTier: tier === 'auto' || tier === 'default' ? tier : null,
  };
}

/** The names that `readDefaults` reads. */
export const READ_DEFAULTS: ReadonlySet<string> = new Set([
  ...['max_completion_tokens', 'max_tokens', 'temperature', 'top_p', 'top_k'],
  ...['stop', 'safety_identifier', 'user', 'service_tier'],
]);

/** The API demands a limit: the one that was asked for, else the model's own, else a guess that is told (wire case 101). */
export function encodeLimit(
  asked: number | null,
  { maxOutputTokens, rules }: Pick<TargetRequest, 'maxOutputTokens' | 'rules'>,
  warnings: WarningList,
): number {
  const known = asked ?? maxOutputTokens ?? rules?.maxOutputTokens ?? null;
  if (known !== null) return known;
  warnings.add('max_tokens_assumed', String(ASSUMED_MAX_TOKENS));
  return ASSUMED_MAX_TOKENS;
}

/** The fields of a Messages body for all parameters but the limit. `thinks`: the reply will begin with thinking. */
export function encodeParameters(
  asked: Parameters,
  { rules, headers }: Pick<TargetRequest, 'rules' | 'headers'>,
  thinks: boolean,
  warnings: WarningList,
): Readonly<Record<string, unknown>> {
  return {
    ...stopSequences(asked.stop, warnings),
    ...sampling(asked, takesSampling(rules, headers?.['anthropic-version']), thinks, warnings),
    ...(asked.user === null ? {} : { metadata: { user_id: asked.user } }),
    ...serviceTier(asked.serviceTier),
  };
}

function takesSampling(rules: ModelRules | null, version: string | undefined): boolean {
  return (version === undefined || version < WITHOUT_SAMPLING) && (rules?.sampling ?? true);
}

/**
 * Models after Opus 4.6 take no sampling parameters at all (wire cases 102, 103), and none does beside thinking but a high
 * `top_p`; the others not every combination. The value that is the API's own default goes without a word.
 */
function sampling(
  { temperature, topP, topK }: Parameters,
  isTaken: boolean,
  thinks: boolean,
  warnings: WarningList,
): Readonly<Record<string, number>> {
  if (!isTaken || thinks) {
    if (temperature !== null && temperature !== 1) warnings.dropped('temperature');
    if (topK !== null) warnings.dropped('top_k');
    if (isTaken && topP !== null && topP >= MIN_TOP_P_THINKING) return { top_p: topP };
    if (topP !== null && topP !== 1) warnings.dropped('top_p');
    return {};
  }
  if (temperature !== null && temperature > 1) warnings.changed('temperature (1 at most)');
  const both = temperature !== null && topP !== null;
  if (both) warnings.dropped('top_p');
  return {
    ...(temperature === null ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === null || both ? {} : { top_p: topP }),
    ...(topK === null ? {} : { top_k: topK }),
  };
}

function stopSequences(
  stop: readonly string[],
  warnings: WarningList,
): { stop_sequences?: readonly string[] } {
  const sequences = stop.filter((sequence) => sequence.trim() !== '');
  if (sequences.length < stop.length) warnings.dropped('stop (blank)');
  return sequences.length === 0 ? {} : { stop_sequences: sequences };
}

/** OpenAI's `default` is what Anthropic calls the standard one (wire case 97). */
function serviceTier(tier: ChatRequest['serviceTier']): { service_tier?: 'auto' | 'standard_only' } {
  if (tier === null) return {};
  return { service_tier: tier === 'auto' ? 'auto' : 'standard_only' };
}
