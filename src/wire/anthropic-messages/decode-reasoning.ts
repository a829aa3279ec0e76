import type { AnswerFormat, ReasoningEffort, ReasoningRequest } from '../../protocol/chat.ts';
import { filledString, finiteNumber, isJsonObject, type JsonObject } from '../json/value.ts';
import { invalidField } from '../read/field-error.ts';

const EFFORTS: ReadonlySet<unknown> = new Set<ReasoningEffort>([
  ...(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const),
]);

/** Is it one of OpenAI's words for effort, of which Anthropic's are a part? */
export function isEffort(value: unknown): value is ReasoningEffort {
  return EFFORTS.has(value);
}

/**
 * Reads `thinking` and `output_config.effort` (wire case 133). Thinking that is off, or only between tools, is effort
 * `none`; `adaptive` alone says nothing that another model could be told. `fallback` is the target's default.
 */
export function decodeReasoning(body: JsonObject, fallback: unknown): ReasoningRequest | null {
  const config = body['output_config'] ?? null;
  if (config !== null && !isJsonObject(config)) throw invalidField('output_config', 'an object');
  const asked = config?.['effort'] ?? null;
  const effort = isEffort(asked) ? asked : null;
  const thinking = body['thinking'] ?? null;
  if (thinking === null) {
    if (effort !== null) return { effort, budgetTokens: null, display: null };
    const silent = !Object.hasOwn(body, 'thinking') && asked === null;
    return silent && isEffort(fallback) ? { effort: fallback, budgetTokens: null, display: null } : null;
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

/** Reads the shape that the answer must have: `output_config.format`, or its older place `output_format`. */
export function decodeFormat(body: JsonObject): AnswerFormat | null {
  const config = body['output_config'];
  const format = (isJsonObject(config) ? config['format'] : null) ?? body['output_format'] ?? null;
  if (format === null) return null;
  const schema = isJsonObject(format) && format['type'] === 'json_schema' ? format['schema'] : null;
  if (!isJsonObject(schema)) throw invalidField('output_config.format', 'a JSON schema');
  return { type: 'json-schema', name: 'response', description: null, schema, strict: null };
}
