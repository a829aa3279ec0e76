import type { AnswerFormat, ReasoningEffort, ReasoningRequest } from '../../../protocol/chat.ts';
import { filledString, finiteNumber, isJsonObject, type JsonObject } from '../../json/value.ts';
import { invalidField } from '../../fields/field-error.ts';

const EFFORTS: ReadonlySet<unknown> = new Set<ReasoningEffort>([
  ...(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const),
]);

/** Is the value one of OpenAI's efforts, which include Anthropic's? */
export function isEffort(value: unknown): value is ReasoningEffort {
  return EFFORTS.has(value);
}

/**
 * Decodes `thinking` and `output_config.effort` (wire case 133). Thinking that is off, or only between tools, becomes
 * effort `none`; `adaptive` alone has no counterpart on other wires. `fallback` is the target's default effort.
 */
export function decodeReasoning(body: JsonObject, fallback: unknown): ReasoningRequest | null {
  const config = body['output_config'] ?? null;
  if (config !== null && !isJsonObject(config)) throw invalidField('output_config', 'an object');
  const requested = config?.['effort'] ?? null;
  const effort = isEffort(requested) ? requested : null;
  const thinking = body['thinking'] ?? null;
  if (thinking === null) {
    if (effort !== null) return { effort, budgetTokens: null, display: null };
    const isUnset = !Object.hasOwn(body, 'thinking') && requested === null;
    return isUnset && isEffort(fallback) ? { effort: fallback, budgetTokens: null, display: null } : null;
  }
  if (!isJsonObject(thinking)) throw invalidField('thinking', 'an object');
  const display = filledString(thinking['display']);
  switch (thinking['type']) {
    case 'disabled':
    case 'between_tools':
      return { effort: 'none', budgetTokens: null, display };
    case 'enabled':
      return { effort, budgetTokens: finiteNumber(thinking['budget_tokens']), display };
    case 'adaptive':
      return effort === null && display === null ? null : { effort, budgetTokens: null, display };
    default:
      throw invalidField('thinking.type', "'enabled', 'disabled' or 'adaptive'");
  }
}

/** Decodes the required format of the answer: `output_config.format`, or the deprecated `output_format`. */
export function decodeFormat(body: JsonObject): AnswerFormat | null {
  const config = body['output_config'];
  const format = (isJsonObject(config) ? config['format'] : null) ?? body['output_format'] ?? null;
  if (format === null) return null;
  const schema = isJsonObject(format) && format['type'] === 'json_schema' ? format['schema'] : null;
  if (!isJsonObject(schema)) throw invalidField('output_config.format', 'a JSON schema');
  return { type: 'json-schema', name: 'response', description: null, schema, strict: null };
}
