import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';

/** The only property of the function that stands for a custom tool. */
const INPUT = 'input';

/** The parameters of that function. */
export const CUSTOM_PARAMETERS: JsonObject = {
  type: 'object',
  properties: { [INPUT]: { type: 'string', description: 'The input of the tool, as plain text.' } },
  required: [INPUT],
  additionalProperties: false,
};

/** The arguments of a call with this input. */
export function customArguments(input: string): string {
  return JSON.stringify({ [INPUT]: input });
}

/** The input in the arguments that a model wrote; whatever it wrote instead of them is the input. */
export function customInput(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'string') return parsed;
    const input = isJsonObject(parsed) ? parsed[INPUT] : null;
    return typeof input === 'string' ? input : text;
  } catch {
    return text;
  }
}

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
