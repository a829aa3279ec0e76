import type { AnswerFormat, Tool } from '../../protocol/chat.ts';
import { isStrictSchema } from '../openai-chat/encode/strict-schema.ts';
import type { WarningList } from '../warning-list.ts';
import { looseSchema } from './patch-tools.ts';
import type { ToolNames } from './tool-names.ts';
import { fitSchema, type SchemaRules } from './tool-schema.ts';

/** A function as OpenAI's wires define it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** null: not given. */
  readonly strict: boolean | null;
}

/** What a server requires of tools, as in its dialect. */
interface ToolChecks {
  readonly schemas: SchemaRules | null;
  readonly checksStrictTools: boolean;
}

/**
 * Fits a tool to a server. It is strict only if its schema permits no more than the client's, and the server then accepts
 * it. `index`: its place in the request, for warnings.
 */
export function toolDefinition(
  { name, description, parameters, strict }: Tool,
  index: number,
  { schemas, checksStrictTools }: ToolChecks,
  names: ToolNames,
  warnings: WarningList,
): ToolDefinition {
  const fitted = schemas === null ? null : fitSchema(parameters, schemas);
  const isLoose = fitted !== null && fitted.loosened.length > 0;
  if (isLoose) warnings.changed(looseSchema(`tools[${index}]`, fitted));
  if (fitted !== null && fitted.keys !== null) names.noteKeys(name, fitted.keys);
  const schema = fitted?.schema ?? parameters;
  const isRefused = checksStrictTools && !isStrictSchema(schema);
  if (strict === true && !isLoose && isRefused) warnings.dropped('tools.strict');
  return {
    name: names.outgoing(name),
    ...(description === null ? null : { description }),
    parameters: schema,
    strict: strict === null ? null : strict && !isLoose && !isRefused,
  };
}

/**
 * The answer's format for a server that enforces a schema only with `strict: true`, which is set where the server then
 * accepts the schema (wire case 245).
 */
export function strictFormat(format: AnswerFormat, warnings: WarningList): AnswerFormat {
  if (format.type !== 'json-schema' || format.strict !== null) return format;
  if (isStrictSchema(format.schema)) return { ...format, strict: true };
  warnings.changed('response_format (schema not enforced)');
  return format;
}
