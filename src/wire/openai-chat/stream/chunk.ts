import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** The choices of one chunk. */
export function choicesOf(chunk: JsonObject): readonly unknown[] {
  const { choices } = chunk;
  return Array.isArray(choices) ? choices : [];
}

/**
 * Does the choice commit a stream: with content, reasoning, refusal, a call, audio or a finish reason? A role, empty
 * content and progress reports do not.
 */
export function carriesContent(choice: unknown): boolean {
  if (!isJsonObject(choice)) return false;
  if (hasFinished(choice)) return true;
  const { delta } = choice;
  if (!isJsonObject(delta)) return false;
  return (
    isFilled(delta['content']) ||
    isFilled(delta['tool_calls']) ||
    isFilled(delta['reasoning_content']) ||
    isFilled(delta['reasoning']) ||
    isFilled(delta['refusal']) ||
    isPresent(delta['audio']) ||
    isPresent(delta['function_call'])
  );
}

/** Does the choice have a finish reason? Some servers write an empty string instead of null. */
export function hasFinished(choice: JsonObject): boolean {
  const { finish_reason: finish } = choice;
  return isPresent(finish) && finish !== '';
}

/** A non-empty string or list. */
function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}
