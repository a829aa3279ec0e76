import type { ArgumentKeys } from '../chat/argument-keys.ts';
import { OutgoingCallIds } from '../chat/call-ids.ts';
import { patchTools } from '../chat/patch-tools.ts';
import type { ScannedRequest } from '../exchange.ts';
import type { BodyPatch } from '../json/patch.ts';
import { lastField } from '../json/scan.ts';
import { patchCallIds } from './call-ranges.ts';
import { CALL_ID_RULES, SCHEMA_RULES, TOOL_LAYOUT } from './tool-rules.ts';

/** What was changed in the tools of a client's body. */
export interface FittedTools {
  /** Details of warnings. */
  readonly loosened: readonly string[];
  /** Changed property names, which the calls of the reply get back; null: none. */
  readonly keys: ArgumentKeys | null;
}

/**
 * Rewrites schemas and call ids of a client's body that the API refuses (wire cases 72, 73, 77): schemas come from tool
 * servers that do not know the API, ids from turns of other models. Costs nothing if the scan has found none.
 */
export function fitTools(request: ScannedRequest, patch: BodyPatch): FittedTools {
  const { body, fields, toolFaults } = request;
  const messages = toolFaults?.callIds === true ? lastField(fields, 'messages') : null;
  if (messages !== null) patchCallIds(body, messages, new OutgoingCallIds(CALL_ID_RULES), patch);
  if (toolFaults?.schemas !== true) return { loosened: [], keys: null };
  const { loosened, keys } = patchTools(request, 'tools', TOOL_LAYOUT, SCHEMA_RULES, patch);
  return { loosened, keys: keys.size === 0 ? null : keys };
}
