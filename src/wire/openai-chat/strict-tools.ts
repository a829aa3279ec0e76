import { fieldValue, lastField, type JsonField } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';

const STRICT = '"strict"';

/**
 * Does a tool of this body ask for strict arguments? `fields` are those of the body. Throws a `GatewayError`
 * `invalid_json` when the value of `tools` is not JSON.
 */
export function hasStrictTool(body: Buffer, fields: readonly JsonField[]): boolean {
  const tools = lastField(fields, 'tools');
  // Most requests have none, and a search costs much less than parsing.
  if (tools === null || !body.subarray(tools.valueStart, tools.valueEnd).includes(STRICT)) return false;
  const value = fieldValue(body, fields, 'tools');
  return Array.isArray(value) && value.some(isStrictTool);
}

function isStrictTool(tool: unknown): boolean {
  const called = isJsonObject(tool) ? tool['function'] : null;
  return isJsonObject(called) && called['strict'] === true;
}
