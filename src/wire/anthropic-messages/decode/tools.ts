import type { Tool, ToolChoice } from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { cacheBreakpoint } from './media.ts';
import { invalidField, unsupportedField } from '../../fields/field-error.ts';
import type { DroppedNames } from './dropped-names.ts';

/** The tools of a request, in the neutral vocabulary. */
export interface DecodedTools {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice | null;
  readonly parallel: boolean | null;
}

const NO_TOOLS: DecodedTools = { tools: [], choice: null, parallel: null };

/**
 * Decodes `tools` and `tool_choice`. Anthropic's own tools (`web_search_…`, `bash_…`: every `type` other than
 * `custom`) are dropped with a warning if the request makes sense without them. If there are no other tools, or one of
 * them is forced, throws `unsupported_parameter` in Anthropic's wording, which Claude Code recognizes (wire case 137).
 */
export function decodeTools(body: JsonObject, dropped: DroppedNames): DecodedTools {
  const list = body['tools'] ?? [];
  if (!Array.isArray(list)) throw invalidField('tools', 'an array');
  if (list.length === 0) return NO_TOOLS;
  const tools: Tool[] = [];
  let unsupported: { readonly index: number; readonly type: string } | null = null;
  const unsupportedNames = new Set<string>();
  for (const [index, tool] of list.entries()) {
    const path = `tools[${index}]`;
    if (!isJsonObject(tool)) throw invalidField(path, 'an object');
    const type = tool['type'] ?? 'custom';
    if (typeof type !== 'string') throw invalidField(`${path}.type`, 'a string');
    if (type === 'custom') {
      tools.push(decodeTool(tool, path));
    } else {
      unsupported ??= { index, type };
      unsupportedNames.add(filledString(tool['name']) ?? type);
    }
  }
  const chosen = body['tool_choice'] ?? null;
  const forced = isJsonObject(chosen) && chosen['type'] === 'tool' ? chosen['name'] : null;
  if (
    unsupported !== null &&
    (tools.length === 0 || (typeof forced === 'string' && unsupportedNames.has(forced)))
  ) {
    throw unknownTag(unsupported.index, unsupported.type);
  }
  for (const name of unsupportedNames) dropped.add(`tools.${name}`);
  return { tools, ...decodeChoice(chosen) };
}

function decodeTool(tool: JsonObject, path: string): Tool {
  const name = filledString(tool['name']);
  if (name === null) throw invalidField(`${path}.name`, 'a non-empty string');
  const schema = tool['input_schema'] ?? {};
  if (!isJsonObject(schema)) throw invalidField(`${path}.input_schema`, 'an object');
  return {
    name,
    description: filledString(tool['description']),
    // Every upstream requires an object schema (wire case 73).
    parameters: schema['type'] === undefined ? { type: 'object', properties: {}, ...schema } : schema,
    strict: typeof tool['strict'] === 'boolean' ? tool['strict'] : null,
    cache: cacheBreakpoint(tool),
  };
}

function decodeChoice(chosen: unknown): Pick<DecodedTools, 'choice' | 'parallel'> {
  if (chosen === null) return { choice: null, parallel: null };
  if (!isJsonObject(chosen)) throw invalidField('tool_choice', 'an object');
  const disabled = chosen['disable_parallel_tool_use'];
  const parallel = typeof disabled === 'boolean' ? !disabled : null;
  switch (chosen['type']) {
    case 'auto':
    case 'none':
      return { choice: { type: chosen['type'] }, parallel };
    case 'any':
      return { choice: { type: 'required' }, parallel };
    case 'tool': {
      const name = filledString(chosen['name']);
      if (name === null) throw invalidField('tool_choice.name', 'the name of a tool');
      return { choice: { type: 'tool', name }, parallel };
    }
    default:
      throw invalidField('tool_choice.type', "'auto', 'any', 'tool' or 'none'");
  }
}

function unknownTag(index: number, type: string): Error {
  return unsupportedField(
    `tools[${index}]`,
    `tools.${index}: Input tag '${type.slice(0, 64)}' found using 'type' does not match any of the expected tags: 'custom'`,
  );
}
