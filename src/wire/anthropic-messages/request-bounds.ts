import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import { fieldValue } from '../json/scan.ts';
import { finiteNumber, isJsonObject } from '../json/value.ts';
import { largestLimit, lowerLimit, type OutputBounds } from '../output-limit.ts';
import { firstStops } from '../stop-sequences.ts';
import type { WarningList } from '../warning-list.ts';
import { MIN_BUDGET } from './encode/thinking.ts';
import { MAX_STOP_SEQUENCES } from './parameters.ts';

/** The beta flags that raise a bound: of the window to a million tokens, and of the output to 128,000. */
const LONG_CONTEXT = 'context-1m-';
const LONG_OUTPUT = 'output-128k-';

/**
 * The fields of a client's own Messages body that exceed a bound of the target, with their new values: the output limit
 * (wire case 211) with its thinking budget, and stop sequences (wire case 212). Each adds a warning. Nearly always empty.
 */
export function boundedFields(
  request: ScannedRequest,
  target: TargetRequest,
  warnings: WarningList,
): readonly (readonly [name: string, value: unknown])[] {
  const { body, fields, facts } = request;
  const changed: [string, unknown][] = [];
  const sent = facts.maxOutputTokens;
  const limit =
    sent === null ? null : lowerLimit(sent, largestLimit(clientBounds(target)), 'max_tokens', warnings);
  if (sent !== null && limit !== null && limit < sent) {
    changed.push(['max_tokens', limit]);
    const thinking = boundedThinking(fieldValue(body, fields, 'thinking'), sent, limit, warnings);
    if (thinking !== null) changed.push(['thinking', thinking]);
  }
  const stops = fieldValue(body, fields, 'stop_sequences');
  if (Array.isArray(stops)) {
    const kept = firstStops(stops as readonly unknown[], MAX_STOP_SEQUENCES, 'stop_sequences', warnings);
    if (kept !== stops) changed.push(['stop_sequences', kept]);
  }
  return changed;
}

/** The bounds of the target, without those that a beta flag of the client's lifts. */
function clientBounds({ maxOutputTokens, outputRoom, rules, headers }: TargetRequest): OutputBounds {
  const betas = headers?.['anthropic-beta'] ?? '';
  const isLong = betas.includes(LONG_OUTPUT);
  return {
    maxOutputTokens: isLong ? null : maxOutputTokens,
    rules: isLong ? null : rules,
    outputRoom: betas.includes(LONG_CONTEXT) ? null : outputRoom,
  };
}

/**
 * Thinking whose budget was valid for the limit that the client sent and is not for the lowered one: half of that is
 * kept for the answer, and thinking is disabled where half is too small. null: no change. A budget above the client's own
 * limit is left alone: with interleaved thinking it bounds the whole turn.
 */
function boundedThinking(thinking: unknown, sent: number, limit: number, warnings: WarningList): unknown {
  if (!isJsonObject(thinking)) return null;
  const budget = finiteNumber(thinking['budget_tokens']);
  if (budget === null || budget >= sent || budget < limit) return null;
  const half = Math.floor(limit / 2);
  if (half < MIN_BUDGET) {
    warnings.dropped('thinking (max_tokens too small)');
    return { type: 'disabled' };
  }
  warnings.changed(`thinking.budget_tokens (${budget} to ${half})`);
  return { ...thinking, budget_tokens: half };
}
