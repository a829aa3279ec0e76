import type { Tool, ToolChoice } from '../../../protocol/chat.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { ResponsesToolNames } from './tool-names.ts';
import type { ReadTools } from './tools.ts';

/** The tools to send, and the choice among them. */
export interface ChosenTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | null;
}

const HOSTED_HINT = 'Only tools that the client runs itself are supported.';

/**
 * Reads `tool_choice`, null if absent: a mode, one tool, or `allowed_tools`, for which only the allowed tools are sent,
 * since other wires have no such list. Without tools the choice is ignored (wire case 78). Throws
 * `unsupported_parameter` if it forces a tool that only OpenAI runs, `invalid_body` for a wrong shape.
 */
export function readToolChoice(choice: unknown, read: ReadTools, names: ResponsesToolNames): ChosenTools {
  const { tools, hosted } = read;
  if (tools.length === 0) {
    const isForced = choice === 'required' || (isJsonObject(choice) && choice['mode'] !== 'auto');
    if (isForced && hosted.size > 0) throw untranslatableField('tool_choice', HOSTED_HINT);
    return { tools, toolChoice: null };
  }
  if (choice === null) return { tools, toolChoice: null };
  if (choice === 'auto' || choice === 'none' || choice === 'required') {
    return { tools, toolChoice: { type: choice } };
  }
  if (!isJsonObject(choice)) throw invalidField('tool_choice', "'auto', 'none', 'required' or an object");
  switch (choice['type']) {
    case 'function':
    case 'custom':
      return { tools, toolChoice: { type: 'tool', name: toolName(choice, 'tool_choice', names) } };
    case 'allowed_tools':
      return readAllowed(choice, read, names);
    default:
      throw untranslatableField('tool_choice', HOSTED_HINT);
  }
}

function readAllowed(choice: JsonObject, { tools }: ReadTools, names: ResponsesToolNames): ChosenTools {
  const { mode, tools: list } = choice;
  if (mode !== 'auto' && mode !== 'required') throw invalidField('tool_choice.mode', "'auto' or 'required'");
  if (!Array.isArray(list)) throw invalidField('tool_choice.tools', 'an array of tools');
  const allowed = new Set<string>();
  for (const [index, tool] of list.entries()) {
    const path = `tool_choice.tools[${index}]`;
    if (!isJsonObject(tool)) throw invalidField(path, 'an object');
    const { type } = tool;
    if (type === 'function' || type === 'custom') allowed.add(toolName(tool, path, names));
    else if (type === 'namespace') for (const name of names.inNamespace(tool['name'])) allowed.add(name);
  }
  const kept = tools.filter(({ name }) => allowed.has(name));
  if (kept.length === 0) throw invalidField('tool_choice.tools', "a list with tools of 'tools'");
  return { tools: kept, toolChoice: { type: mode } };
}

function toolName(tool: JsonObject, path: string, names: ResponsesToolNames): string {
  const name = filledString(tool['name']);
  if (name === null) throw invalidField(`${path}.name`, 'a non-empty string');
  return names.of(name, filledString(tool['namespace']));
}
