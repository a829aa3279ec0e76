import type { ArgumentKeys } from '../chat/tools/argument-keys.ts';
import { OutgoingCallIds } from '../chat/calls/call-ids.ts';
import { patchTools } from '../chat/tools/patch-tools.ts';
import type { ScannedRequest } from '../exchange.ts';
import type { BodyPatch } from '../json/patch.ts';
import { lastField } from '../json/scan.ts';
import type { WarningList } from '../warning-list.ts';
import { patchCallIds } from './call-ranges.ts';
import { CALL_ID_RULES, TOOL_RULES } from './tool-rules.ts';

/**
 * Rewrites schemas and call ids of a client's body that the API refuses (wire cases 72, 73, 77): schemas come from tool
 * servers that do not know the API, ids from turns of other models. Costs nothing if the scan has found none. Returns
 * the changed property names, which the calls of the reply get back; null: none.
 */
export function fitTools(
  request: ScannedRequest,
  patch: BodyPatch,
  warnings: WarningList,
): ArgumentKeys | null {
  const { body, fields, oddities } = request;
  const messages = oddities?.callIds === true ? lastField(fields, 'messages') : null;
  if (messages !== null) patchCallIds(body, messages, new OutgoingCallIds(CALL_ID_RULES), patch);
  if (oddities?.schemas !== true) return null;
  const keys = patchTools(request, 'tools', TOOL_RULES, patch, warnings);
  return keys.size === 0 ? null : keys;
}
