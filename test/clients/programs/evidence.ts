import { elements, fields, text } from '../../../src/util/json-fields.ts';
import type { Exchange } from './recorder.ts';

/** The tools that a request offers, by name: `function.name` in chats, `name` in Anthropic's and Responses requests. */
export function toolsOffered({ request }: Exchange): string[] {
  return (elements(bodyOf(request).tools) ?? [])
    .map(fields)
    .map((tool) => text(tool.name) ?? text(fields(tool.function).name) ?? '');
}

/**
 * The tools whose results are in a request, by name. A program that sends a result has understood the call and carried
 * it out.
 */
export function toolsAnswered({ request }: Exchange): string[] {
  const body = bodyOf(request);
  const items = [...(elements(body.messages) ?? []), ...(elements(body.input) ?? [])].map(fields);
  const parts = [
    ...items,
    ...items.flatMap(({ content, tool_calls: called }) =>
      [...(elements(content) ?? []), ...(elements(called) ?? [])].map(fields),
    ),
  ];
  const calls = new Map(
    parts
      .filter((part) => !isResult(part))
      .map((part) => [
        text(part.call_id) ?? text(part.id),
        text(part.name) ?? text(fields(part.function).name),
      ]),
  );
  return parts.filter(isResult).flatMap((part) => {
    const id = text(part.tool_call_id) ?? text(part.tool_use_id) ?? text(part.call_id);
    return calls.get(id) ?? [];
  });
}

/** A message with the role `tool`, a block of Anthropic's messages, or an item of a Responses request. */
function isResult({ role, type }: Readonly<Record<string, unknown>>): boolean {
  return role === 'tool' || type === 'tool_result' || type === 'function_call_output';
}

function bodyOf(request: string): Readonly<Record<string, unknown>> {
  try {
    return fields(JSON.parse(request));
  } catch {
    return {};
  }
}
