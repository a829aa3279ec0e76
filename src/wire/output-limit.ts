import type { RequestFacts } from '../protocol/facts.ts';
import type { TargetRequest } from './exchange.ts';
import type { WarningList } from './warning-list.ts';
import type { ServerFacts } from './chat/server-facts.ts';

/**
 * A limit is never lowered below this many tokens because of the window: with a prompt that nearly fills it, the
 * estimate is not exact enough to tell how much is left.
 */
const MIN_ROOM = 256;

/** How much room the input gets, in percent of its estimate. */
const INPUT_PERCENT = 110;

/** The fields of a target that bound a reply. */
export type OutputBounds = Pick<TargetRequest, 'maxOutputTokens' | 'outputRoom' | 'rules'>;

type EstimatedInput = Pick<RequestFacts, 'estimatedTokens' | 'longestInputTokens'>;

/** The part of a window that the input gets, in tokens: somewhat more than its estimate. */
export function inputShare({ estimatedTokens, longestInputTokens }: EstimatedInput): number {
  return Math.ceil(((longestInputTokens ?? estimatedTokens) * INPUT_PERCENT) / 100);
}

/**
 * What a window of this many tokens leaves for the reply after the estimated input, in tokens; null if the window is
 * unknown. Servers that count input and limit together refuse a limit above it: vLLM, and Claude models before 4.5
 * (docker/docker-agent#569, OpenHands/OpenHands#9937).
 */
export function outputRoom(window: number | null, input: EstimatedInput): number | null {
  return window === null ? null : Math.max(MIN_ROOM, window - inputShare(input));
}

/** The model's own limit in tokens; null if unknown. `table`: what the server's dialect knows about the model. */
export function modelLimit(
  { maxOutputTokens, rules }: Pick<OutputBounds, 'maxOutputTokens' | 'rules'>,
  table: number | null = null,
): number | null {
  return maxOutputTokens ?? rules?.maxOutputTokens ?? table;
}

/** The limit of a model in the table of its server's dialect, in tokens; null if it has none. */
export function listedLimit(
  { outputLimits }: Pick<ServerFacts, 'outputLimits'>,
  modelId: string,
): number | null {
  return outputLimits.find(([models]) => models.test(modelId))?.[1] ?? null;
}

/**
 * The largest limit that the target accepts for this request, in tokens; `Infinity` if nothing is known. `table` as in
 * `modelLimit`.
 */
export function largestLimit(bounds: OutputBounds, table: number | null = null): number {
  return Math.min(modelLimit(bounds, table) ?? Infinity, bounds.outputRoom ?? Infinity);
}

/** The limit, lowered to the largest accepted one with a warning that names the field (wire case 211). */
export function lowerLimit(
  requested: number,
  largest: number,
  name: string,
  warnings: Pick<WarningList, 'changed'>,
): number {
  if (requested <= largest) return requested;
  warnings.changed(`${name} (${requested} to ${largest})`);
  return largest;
}
