import type { Tool, ToolChoice } from '../../../protocol/chat.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { readCacheBreakpoint } from '../request/content-parts.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';

/** The tool choice of a request. */
export interface ReadToolChoice {
  readonly choice: ToolChoice;
  /** Names of the only tools that may be called (`allowed_tools`); null: all. */
  readonly allowed: ReadonlySet<string> | null;
}

/**
 * Reads `tools`. Only functions can be translated: a custom tool returns free text or follows a grammar, which a
 * function cannot enforce, and a vendor's hosted tools run only there (wire case 75). Throws `unsupported_parameter`
 * for those, `invalid_body` for a wrong shape.
 */
export function readTools(tools: unknown, path: string, cacheTtl: string | null): Tool[] {
  if (!Array.isArray(tools)) throw invalidField(path, 'an array');
  return tools.map((tool: unknown, index) => {
    const toolPath = `${path}[${index}]`;
    if (!isJsonObject(tool)) throw invalidField(toolPath, 'an object');
    if (tool['type'] !== 'function') {
      throw untranslatableField(toolPath, "Only tools of type 'function' are supported.");
    }
    const read = readFunction(tool['function'], `${toolPath}.function`);
    return { ...read, cache: readCacheBreakpoint(tool, cacheTtl) ?? cacheOf(tool['function'], cacheTtl) };
  });
}

/** Reads the legacy `functions` (wire case 76). Throws `invalid_body` for a wrong shape. */
export function readFunctions(functions: unknown, path: string): Tool[] {
  if (!Array.isArray(functions)) throw invalidField(path, 'an array');
  return functions.map((entry: unknown, index) => readFunction(entry, `${path}[${index}]`));
}

/**
 * Reads `tool_choice`: a mode, one function, or a list of allowed functions. Throws `unsupported_parameter` for other
 * kinds of tools, `invalid_body` for a wrong shape.
 */
export function readToolChoice(value: unknown, path: string): ReadToolChoice {
  if (value === 'auto' || value === 'none' || value === 'required') {
    return { choice: { type: value }, allowed: null };
  }
  if (!isJsonObject(value)) throw invalidField(path, "'auto', 'none', 'required' or an object");
  switch (value['type']) {
    case 'function':
      return { choice: { type: 'tool', name: nameOf(value['function'], `${path}.function`) }, allowed: null };
    case 'allowed_tools':
      return readAllowed(value['allowed_tools'], `${path}.allowed_tools`);
    default:
      throw untranslatableField(path);
  }
}

/** Reads the legacy `function_call` (wire case 76). Throws `invalid_body` for a wrong shape. */
export function readFunctionCallChoice(value: unknown, path: string): ReadToolChoice {
  if (value === 'auto' || value === 'none') return { choice: { type: value }, allowed: null };
  return { choice: { type: 'tool', name: nameOf(value, path) }, allowed: null };
}

/**
 * Completes a schema to one of an object (wire case 73). `$schema` is dropped: it names a dialect, and vendors reject
 * dialects that they do not know. Everything else stays, in order.
 */
export function objectSchema(schema: JsonObject | null): JsonObject {
  const { $schema: _dialect, ...rest } = schema ?? {};
  if (rest['type'] !== undefined && rest['type'] !== 'object') return rest;
  const isBare = Object.keys(rest).every((key) => key === 'type');
  if (isBare) return { type: 'object', properties: {} };
  return rest['type'] === 'object' ? rest : { type: 'object', ...rest };
}

function readFunction(value: unknown, path: string): Tool {
  const name = nameOf(value, path);
  const { description, parameters, strict } = value as JsonObject;
  if (isGiven(description) && typeof description !== 'string') {
    throw invalidField(`${path}.description`, 'a string');
  }
  if (isGiven(parameters) && !isJsonObject(parameters)) throw invalidField(`${path}.parameters`, 'an object');
  return {
    name,
    description: typeof description === 'string' ? description : null,
    parameters: objectSchema(isJsonObject(parameters) ? parameters : null),
    strict: typeof strict === 'boolean' ? strict : null,
    cache: null,
  };
}

function readAllowed(value: unknown, path: string): ReadToolChoice {
  if (!isJsonObject(value)) throw invalidField(path, 'an object');
  const { mode, tools } = value;
  if (mode !== 'auto' && mode !== 'required') throw invalidField(`${path}.mode`, "'auto' or 'required'");
  if (!Array.isArray(tools) || tools.length === 0) throw invalidField(`${path}.tools`, 'an array of tools');
  const names = tools.map((tool: unknown, index) => {
    const toolPath = `${path}.tools[${index}]`;
    if (!isJsonObject(tool)) throw invalidField(toolPath, 'an object');
    if (tool['type'] !== 'function') throw untranslatableField(toolPath);
    return nameOf(tool['function'], `${toolPath}.function`);
  });
  return { choice: { type: mode }, allowed: new Set(names) };
}

function nameOf(value: unknown, path: string): string {
  if (!isJsonObject(value)) throw invalidField(path, 'an object with a name');
  const { name } = value;
  if (typeof name !== 'string' || name === '') throw invalidField(`${path}.name`, 'a non-empty string');
  return name;
}

function cacheOf(value: unknown, cacheTtl: string | null): Tool['cache'] {
  return isJsonObject(value) ? readCacheBreakpoint(value, cacheTtl) : null;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
