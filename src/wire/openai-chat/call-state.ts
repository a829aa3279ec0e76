import { isJsonObject } from '../json/value.ts';

/**
 * The vendor's state of a call, which servers of this wire put next to its `function`: Gemini's
 * `extra_content.google.thought_signature` (ai.google.dev/gemini-api/docs, "Thought signatures"). Its content is not
 * interpreted.
 */
export function readCallState(extraContent: unknown): { readonly state?: string } {
  if (!isJsonObject(extraContent) || Object.keys(extraContent).length === 0) return {};
  return { state: JSON.stringify(extraContent) };
}

/** The keys of a written call with its state. */
export function writeCallState(state: string | undefined): { readonly extra_content?: unknown } {
  return state === undefined ? {} : { extra_content: JSON.parse(state) as unknown };
}

/** Does one of these `tool_calls` have a state? */
export function hasCallState(calls: unknown): boolean {
  return (
    Array.isArray(calls) &&
    calls.some((call: unknown) => isJsonObject(call) && isJsonObject(call['extra_content']))
  );
}
