import { isJsonObject } from '../../json/value.ts';

/** The only property of the function that replaces a custom tool. */
export const CUSTOM_INPUT = 'input';

/**
 * Arguments for a call of a custom tool, whose input is free text: other wires and the neutral vocabulary know only
 * function calls, so the text becomes the member `CUSTOM_INPUT` of a JSON object.
 */
export const customArguments = {
  /** The arguments of a complete call. */
  complete: (input: string): string => JSON.stringify({ [CUSTOM_INPUT]: input }),
  /** The JSON fragment for a fragment of the text. */
  fragment: (text: string, isFirst: boolean): string =>
    (isFirst ? `{"${CUSTOM_INPUT}":"` : '') + JSON.stringify(text).slice(1, -1),
  /** The end of the JSON text. */
  end: (isEmpty: boolean): string => (isEmpty ? `{"${CUSTOM_INPUT}":""}` : '"}'),
};

/** The input in the arguments that a model wrote; whatever it wrote instead of them is the input. */
export function customInput(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'string') return parsed;
    const input = isJsonObject(parsed) ? parsed[CUSTOM_INPUT] : null;
    return typeof input === 'string' ? input : text;
  } catch {
    return text;
  }
}
