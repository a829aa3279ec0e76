import type { Tool } from './chat.ts';

/** What a field contains, or what is wrong with it; both null: it is empty. */
export interface Parsed<Value> {
  readonly value: Value | null;
  readonly problem: string | null;
}

const EMPTY = { value: null, problem: null };
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** A number of 0 or more. */
export function parseTemperature(text: string): Parsed<number> {
  if (text.trim() === '') return EMPTY;
  const value = Number(text.trim().replace(',', '.'));
  return Number.isFinite(value) && value >= 0
    ? { value, problem: null }
    : bad('Temperature is a number of 0 or more, such as 0.7; empty leaves it to the model.');
}

/** A whole number above 0. */
export function parseMaxTokens(text: string): Parsed<number> {
  if (text.trim() === '') return EMPTY;
  const value = Number(text.trim());
  return Number.isSafeInteger(value) && value > 0
    ? { value, problem: null }
    : bad('Max tokens is a whole number above 0, such as 500; empty leaves it to the model.');
}

/** A JSON schema: an object. */
export function parseSchema(text: string): Parsed<object> {
  const parsed = parseJson(text);
  if (parsed.problem !== null || text.trim() === '') return { ...EMPTY, problem: parsed.problem };
  return isObject(parsed.value)
    ? { value: parsed.value, problem: null }
    : bad('A JSON schema is an object, such as { "type": "object", "properties": { … } }.');
}

/** A list of tools in the form of OpenAI's API. */
export function parseTools(text: string): Parsed<readonly Tool[]> {
  const parsed = parseJson(text);
  if (parsed.problem !== null || text.trim() === '') return { ...EMPTY, problem: parsed.problem };
  if (!Array.isArray(parsed.value)) return bad('Tools are a list: [ … ].');
  const tools = parsed.value as readonly unknown[];
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    const problem = toolProblem(tool, names);
    if (problem !== null) return bad(`Tool ${index + 1}: ${problem}`);
  }
  return { value: tools as readonly Tool[], problem: null };
}

/** What is wrong with a tool; its name is added to `names`. */
function toolProblem(tool: unknown, names: Set<string>): string | null {
  if (!isObject(tool) || tool['type'] !== 'function' || !isObject(tool['function']))
    return 'expected { "type": "function", "function": { "name": …, "parameters": … } }.';
  const { name, parameters, description } = tool['function'];
  if (typeof name !== 'string' || !TOOL_NAME.test(name))
    return '"name" is 1 to 64 letters, digits, _ or -, such as "get_weather".';
  if (names.has(name)) return `the name "${name}" is used twice.`;
  names.add(name);
  if (description !== undefined && typeof description !== 'string') return '"description" is a text.';
  if (parameters !== undefined && !isObject(parameters)) return '"parameters" is a JSON schema: an object.';
  return null;
}

function parseJson(text: string): Parsed<unknown> {
  if (text.trim() === '') return EMPTY;
  try {
    return { value: JSON.parse(text), problem: null };
  } catch (error) {
    return bad(`This is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(problem: string): { readonly value: null; readonly problem: string } {
  return { value: null, problem };
}

/** A tool list to begin with. */
export const EXAMPLE_TOOLS: readonly Tool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a place now',
      parameters: {
        type: 'object',
        properties: { place: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
        required: ['place'],
      },
    },
  },
];

/** A schema to begin with. */
export const EXAMPLE_SCHEMA = {
  type: 'object',
  properties: { title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['title', 'tags'],
  additionalProperties: false,
};
