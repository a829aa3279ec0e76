import { CUSTOM_INPUT } from '../chat/calls/custom-arguments.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';

/** The parameters of the function that replaces a custom tool. */
export const CUSTOM_PARAMETERS: JsonObject = {
  type: 'object',
  properties: { [CUSTOM_INPUT]: { type: 'string', description: 'The input of the tool, as plain text.' } },
  required: [CUSTOM_INPUT],
  additionalProperties: false,
};

/** The description of a custom tool with its grammar, which no function can enforce. */
export function customDescription(tool: JsonObject): string | null {
  const description = filledString(tool['description']);
  const { format } = tool;
  const grammar = isJsonObject(format) && format['type'] === 'grammar' ? format : null;
  const definition = filledString(grammar?.['definition']);
  if (definition === null) return description;
  const syntax = filledString(grammar?.['syntax']) ?? 'lark';
  const rule = `The input must match this ${syntax === 'regex' ? 'regular expression' : 'Lark grammar'}:\n${definition}`;
  return description === null ? rule : `${description}\n\n${rule}`;
}
