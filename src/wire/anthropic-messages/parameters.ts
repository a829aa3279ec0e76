import type { ChatRequest } from '../../protocol/chat.ts';
import type { ModelRules } from '../../protocol/model-rules.ts';
import type { TargetRequest } from '../exchange.ts';
import { filledString, finiteNumber } from '../json/value.ts';
import { largestLimit, lowerLimit, modelLimit, type OutputBounds } from '../output-limit.ts';
import { firstStops } from '../stop-sequences.ts';
import type { WarningList } from '../warning-list.ts';

/** Sent if neither the client nor the model's rules set a limit, since the Messages API requires one. */
const ASSUMED_MAX_TOKENS = 4096;

/** From this version on the API rejects `temperature`, `top_p` and `top_k` for every model (wire case 103). */
const FIRST_VERSION_WITHOUT_SAMPLING = '2026-10-21';

/**
 * At most this many stop sequences are sent (wire case 212). Anthropic documents no maximum; this one is conservative.
 */
export const MAX_STOP_SEQUENCES = 16;

/** Minimum of `top_p` with thinking (Anthropic documentation, extended thinking, feature compatibility). */
const MIN_TOP_P_THINKING = 0.95;

/** The fields of a chat request besides conversation, tools, reasoning and answer format. */
export type Parameters = Pick<
  ChatRequest,
  'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'stop' | 'user' | 'serviceTier'
>;

/**
 * A target's defaults, which are named as in OpenAI chat, in the neutral vocabulary. Values of a wrong type are
 * ignored.
 */
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

/**
 * The required limit: the requested one, else the model's own, else an assumed one (wire case 101), in every case at
 * most what model and window allow (wire case 211). A limit that is neither requested nor the model's own is a warning.
 */
export function encodeLimit(requested: number | null, bounds: OutputBounds, warnings: WarningList): number {
  const largest = largestLimit(bounds);
  if (requested !== null) return lowerLimit(requested, largest, 'max_tokens', warnings);
  const own = modelLimit(bounds);
  const limit = Math.min(own ?? ASSUMED_MAX_TOKENS, largest);
  if (limit !== own) warnings.add('max_tokens_assumed', String(limit));
  return limit;
}

/** The fields of a Messages body for all parameters except the limit. `thinks`: the reply will begin with thinking. */
export function encodeParameters(
  requested: Parameters,
  { rules, headers }: Pick<TargetRequest, 'rules' | 'headers'>,
  thinks: boolean,
  warnings: WarningList,
): Readonly<Record<string, unknown>> {
  return {
    ...stopSequences(requested.stop, warnings),
    ...sampling(requested, takesSampling(rules, headers?.['anthropic-version']), thinks, warnings),
    ...(requested.user === null ? {} : { metadata: { user_id: requested.user } }),
    ...serviceTier(requested.serviceTier),
  };
}

function takesSampling(rules: ModelRules | null, version: string | undefined): boolean {
  return (version === undefined || version < FIRST_VERSION_WITHOUT_SAMPLING) && (rules?.sampling ?? true);
}

/**
 * Models after Opus 4.6 accept no sampling parameters (wire cases 102, 103). With thinking, only a high `top_p` is
 * allowed; without it, `temperature` and `top_p` exclude each other. Values equal to the API's default are dropped
 * without a warning.
 */
function sampling(
  { temperature, topP, topK }: Parameters,
  isSupported: boolean,
  thinks: boolean,
  warnings: WarningList,
): Readonly<Record<string, number>> {
  if (!isSupported || thinks) {
    if (temperature !== null && temperature !== 1) warnings.dropped('temperature');
    if (topK !== null) warnings.dropped('top_k');
    if (isSupported && topP !== null && topP >= MIN_TOP_P_THINKING) return { top_p: topP };
    if (topP !== null && topP !== 1) warnings.dropped('top_p');
    return {};
  }
  if (temperature !== null && temperature > 1) warnings.changed('temperature (clamped to 1)');
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
  if (sequences.length === 0) return {};
  return { stop_sequences: firstStops(sequences, MAX_STOP_SEQUENCES, 'stop', warnings) };
}

/** OpenAI's `default` corresponds to Anthropic's `standard_only` (wire case 97). */
function serviceTier(tier: ChatRequest['serviceTier']): { service_tier?: 'auto' | 'standard_only' } {
  if (tier === null) return {};
  return { service_tier: tier === 'auto' ? 'auto' : 'standard_only' };
}
