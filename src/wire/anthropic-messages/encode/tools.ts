import type { ChatMessage, ChatRequest, Tool } from '../../../protocol/chat.ts';
import type { ToolNames } from '../../chat/tools/tool-names.ts';
import { fitSchema } from '../../chat/tools/tool-schema.ts';
import { looseSchema } from '../../chat/tools/patch-tools.ts';
import { SCHEMA_RULES } from '../tool-rules.ts';
import type { BlockContext } from './blocks.ts';
import { transformSchema } from './json-schema.ts';

/** `tools` and `tool_choice` of a Messages body. */
export interface EncodedTools {
  readonly tools?: readonly Readonly<Record<string, unknown>>[];
  readonly tool_choice?: Readonly<Record<string, unknown>>;
}

/**
 * Encodes the tools in order. Without any, the tools that the history calls are declared without parameters and
 * switched off, since the API requires a declaration of every tool in the history (wire case 69).
 */
export function encodeTools(request: ChatRequest, context: BlockContext): EncodedTools {
  if (request.tools.length === 0) return pastTools(request.messages, context.names);
  return { tools: request.tools.map((tool, index) => encodeTool(tool, index, context)) };
}

function pastTools(messages: readonly ChatMessage[], toolNames: ToolNames): EncodedTools {
  const names = new Set<string>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === 'tool-call') names.add(toolNames.outgoing(part.name));
  }
  if (names.size === 0) return {};
  const tools = Array.from(names, (name) => ({ name, input_schema: { type: 'object', properties: {} } }));
  return { tools, tool_choice: { type: 'none' } };
}

function encodeTool(
  tool: Tool,
  index: number,
  { rules, breakpoints, names, warnings }: BlockContext,
): Record<string, unknown> {
  const fitted = fitSchema(tool.parameters, SCHEMA_RULES);
  const isLoose = fitted.loosened.length > 0;
  if (isLoose) warnings.changed(looseSchema(`tools[${index}]`, fitted));
  if (fitted.keys !== null) names.noteKeys(tool.name, fitted.keys);
  const strict = tool.strict === true && rules.jsonSchema && !isLoose;
  if (tool.strict === true && !strict) warnings.dropped('tools.strict');
  const block = {
    name: names.outgoing(tool.name),
    ...(tool.description === null || tool.description === '' ? {} : { description: tool.description }),
    input_schema: strict ? transformSchema(fitted.schema, 'tools') : objectSchema(fitted.schema),
    ...(strict ? { strict: true } : {}),
  };
  return breakpoints.note(block, tool.cache);
}

/** Completes the parameters to an object schema (wire case 73). */
function objectSchema(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = parameters;
  if (schema['type'] === 'object' && $schema === undefined) return parameters;
  return { ...schema, type: 'object', ...('properties' in schema ? {} : { properties: {} }) };
}

/**
 * Adds `tool_choice`. A forced choice becomes `auto`, with a warning, for models that do not support it and if
 * thinking has a budget (wire cases 104, 107); if the choice named a tool, only that tool is then sent.
 */
export function chooseTools(
  { tools, toolChoice, parallelTools }: ChatRequest,
  declared: EncodedTools,
  thinksInBudget: boolean,
  { rules, names, warnings }: BlockContext,
): EncodedTools {
  if (tools.length === 0 || (toolChoice === null && parallelTools !== false)) return declared;
  if (toolChoice?.type === 'none') return { ...declared, tool_choice: { type: 'none' } };
  // Only allowed inside a choice (`ToolChoiceAuto` of Anthropic's SDK).
  const single = parallelTools === false ? { disable_parallel_tool_use: true } : {};
  const free = { type: 'auto', ...single };
  if (toolChoice === null || toolChoice.type === 'auto') return { ...declared, tool_choice: free };
  const name = toolChoice.type === 'tool' ? names.outgoing(toolChoice.name) : null;
  if (rules.forcedToolChoice && !thinksInBudget) {
    const forced = name === null ? { type: 'any', ...single } : { type: 'tool', name, ...single };
    return { ...declared, tool_choice: forced };
  }
  warnings.changed('tool_choice (cannot be forced)');
  const named = declared.tools?.filter((tool) => tool['name'] === name) ?? [];
  return { ...(named.length > 0 ? { tools: named } : declared), tool_choice: free };
}
