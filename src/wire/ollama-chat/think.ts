import type { ReasoningEffort, ReasoningRequest } from '../../protocol/chat.ts';
import type { TargetRequest } from '../exchange.ts';
import { effortOfBudget, nearestEffort } from '../openai-chat/encode/reasoning.ts';
import type { WarningList } from '../warning-list.ts';
import type { OllamaChatDialect } from './dialect.ts';

/** The levels of Ollama's `think`, weakest first (v0.17.4; later versions also have `max`). */
const LEVELS: readonly ReasoningEffort[] = ['low', 'medium', 'high'];

/**
 * The value of `think` for a client's settings; null to leave it out, which makes a model that can think do so (wire
 * case 156). A model that is not known to think never gets `true`, which it would refuse (case 155); `false` is accepted
 * by all. What cannot be expressed is a warning.
 */
export function encodeThink(
  reasoning: ReasoningRequest | null,
  { modelId, reasons = false }: Pick<TargetRequest, 'modelId' | 'reasons'>,
  { thinkLevels }: OllamaChatDialect,
  warnings: WarningList,
): boolean | string | null {
  if (reasoning === null) return null;
  if (reasoning.display !== null) warnings.dropped('thinking.display');
  const effort = reasoning.effort ?? effortOfBudget(reasoning.budgetTokens);
  if (effort === null) return null;
  if (thinkLevels.test(modelId)) return levelFor(effort, warnings);
  if (effort === 'none') return false;
  if (!reasons) {
    warnings.dropped('reasoning_effort');
    return null;
  }
  // Ollama's own word for thinking without a level is medium (`ThinkValue` in api/types.go).
  if (effort !== 'medium') warnings.changed('reasoning_effort (thinking without a level)');
  return true;
}

function levelFor(effort: ReasoningEffort, warnings: WarningList): string | null {
  const level = effort === 'none' ? 'low' : nearestEffort(effort, LEVELS);
  if (level !== effort) warnings.changed(`reasoning_effort ${String(level)}`);
  return level;
}
