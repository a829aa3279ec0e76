import { isJsonObject, type JsonObject } from '../json/value.ts';
import { textBytes } from '../usage-estimate.ts';

/** UTF-8 bytes of the text and the arguments of calls in a whole reply in canonical form, all choices together. */
export function replyBytes({ choices }: JsonObject): number {
  let bytes = 0;
  for (const choice of objectsIn(choices)) {
    const { message } = choice;
    if (!isJsonObject(message)) continue;
    const {
      content,
      reasoning_content: reasoning,
      refusal,
      tool_calls: calls,
      function_call: legacy,
    } = message;
    bytes += textBytes(content, reasoning, refusal);
    if (isJsonObject(legacy)) bytes += textBytes(legacy['arguments']);
    for (const { function: called, custom } of objectsIn(calls)) {
      if (isJsonObject(called)) bytes += textBytes(called['arguments']);
      if (isJsonObject(custom)) bytes += textBytes(custom['input']);
    }
  }
  return bytes;
}

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
