import type { Tool } from '../../../protocol/chat.ts';
import { invalidField } from '../../fields/field-error.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { objectSchema } from '../../openai-chat/decode/tools.ts';
import { CUSTOM_PARAMETERS, customDescription } from '../custom-tool.ts';
import type { ResponsesToolNames } from './tool-names.ts';

/** The tools of a request: those that any upstream can be given, and the types of those that only OpenAI runs. */
export interface ReadTools {
  readonly tools: readonly Tool[];
  /** Without duplicates, such as `web_search`. */
  readonly hosted: ReadonlySet<string>;
}

/** A tool that a client runs, with the namespace that it is in. */
interface Entry {
  readonly tool: JsonObject;
  readonly path: string;
  readonly namespace: string | null;
}

/**
 * Reads the lists of tools of a request, each with its path. Functions of a namespace get its name in front, and custom
 * tools become functions with one string, a form that every upstream has (wire case 190). Throws `invalid_body` for a
 * wrong shape.
 */
export function readTools(
  lists: readonly (readonly [list: unknown, path: string])[],
  names: ResponsesToolNames,
): ReadTools {
  const hosted = new Set<string>();
  const entries: Entry[] = [];
  for (const [list, path] of lists) collect(list, path, entries, hosted);
  // Names without a namespace are never changed, so they are taken first.
  const flat = new Map<Entry, string>();
  for (const inNamespace of [false, true]) {
    for (const entry of entries) {
      if ((entry.namespace !== null) === inNamespace) flat.set(entry, names.add(clientTool(entry)));
    }
  }
  return { tools: entries.map((entry) => readTool(entry, flat.get(entry) ?? '')), hosted };
}

function collect(list: unknown, path: string, entries: Entry[], hosted: Set<string>): void {
  if (!Array.isArray(list)) throw invalidField(path, 'an array');
  for (const [index, tool] of list.entries()) {
    const toolPath = `${path}[${index}]`;
    if (!isJsonObject(tool)) throw invalidField(toolPath, 'an object');
    if (isClientTool(tool)) entries.push({ tool, path: toolPath, namespace: null });
    else if (tool['type'] === 'namespace') collectNamespace(tool, toolPath, entries, hosted);
    else hosted.add(typeOf(tool, toolPath));
  }
}

function collectNamespace(tool: JsonObject, path: string, entries: Entry[], hosted: Set<string>): void {
  const namespace = nameOf(tool, path);
  const inner = tool['tools'] ?? [];
  if (!Array.isArray(inner)) throw invalidField(`${path}.tools`, 'an array');
  for (const [index, each] of inner.entries()) {
    const innerPath = `${path}.tools[${index}]`;
    if (!isJsonObject(each)) throw invalidField(innerPath, 'an object');
    if (isClientTool(each)) entries.push({ tool: each, path: innerPath, namespace });
    else hosted.add(typeOf(each, innerPath));
  }
}

function isClientTool({ type }: JsonObject): boolean {
  return type === 'function' || type === 'custom';
}

function typeOf({ type }: JsonObject, path: string): string {
  if (typeof type !== 'string') throw invalidField(`${path}.type`, 'a string');
  return type.slice(0, 64);
}

function clientTool({ tool, path, namespace }: Entry): Parameters<ResponsesToolNames['add']>[0] {
  return { name: nameOf(tool, path), namespace, isCustom: tool['type'] === 'custom' };
}

function readTool({ tool, path }: Entry, name: string): Tool {
  if (tool['type'] === 'custom') {
    const description = customDescription(tool);
    return { name, description, parameters: CUSTOM_PARAMETERS, strict: null, cache: null };
  }
  const { parameters, strict } = tool;
  if (parameters !== null && parameters !== undefined && !isJsonObject(parameters)) {
    throw invalidField(`${path}.parameters`, 'an object');
  }
  return {
    name,
    description: filledString(tool['description']),
    parameters: objectSchema(isJsonObject(parameters) ? parameters : null),
    strict: typeof strict === 'boolean' ? strict : null,
    cache: null,
  };
}

function nameOf(tool: JsonObject, path: string): string {
  const name = filledString(tool['name']);
  if (name === null) throw invalidField(`${path}.name`, 'a non-empty string');
  return name;
}
