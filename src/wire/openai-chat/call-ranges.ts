import type { OutgoingCallIds } from '../chat/call-ids.ts';
import { enterOrSkip, JsonCursor } from '../json/cursor.ts';
import type { BodyPatch } from '../json/patch.ts';
import type { JsonField } from '../json/scan.ts';

/**
 * Replaces the ids of calls and results that a server refuses in the messages of a body (wire case 77). `messages` is
 * the field with the list. Throws a `JsonScanError`.
 */
export function patchCallIds(
  body: Buffer,
  messages: JsonField,
  ids: OutgoingCallIds,
  patch: BodyPatch,
): void {
  const cursor = new JsonCursor(body, messages.valueStart);
  if (!cursor.enter('array')) return;
  for (let turn = 0; cursor.nextElement(); turn += 1) {
    if (!enterOrSkip(cursor, 'object')) continue;
    while (cursor.nextKey()) {
      if (cursor.stringIs('tool_call_id')) replaceId(cursor, (id) => ids.result(id), patch);
      else if (cursor.stringIs('tool_calls')) patchCalls(cursor, (id) => ids.call(id, turn), patch);
      else cursor.skipValue();
    }
  }
}

function patchCalls(cursor: JsonCursor, outgoing: (id: string) => string, patch: BodyPatch): void {
  if (!enterOrSkip(cursor, 'array')) return;
  while (cursor.nextElement()) {
    if (!enterOrSkip(cursor, 'object')) continue;
    while (cursor.nextKey()) {
      if (cursor.stringIs('id')) replaceId(cursor, outgoing, patch);
      else cursor.skipValue();
    }
  }
}

function replaceId(cursor: JsonCursor, outgoing: (id: string) => string, patch: BodyPatch): void {
  if (!cursor.passString()) {
    cursor.skipValue();
    return;
  }
  const id = cursor.string();
  const sent = outgoing(id);
  if (sent !== id) patch.replace(cursor.stringStart, cursor.stringEnd, JSON.stringify(sent));
}
