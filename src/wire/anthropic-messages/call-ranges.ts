import type { OutgoingCallIds } from '../chat/calls/call-ids.ts';
import { enterOrSkip, JsonCursor } from '../json/cursor.ts';
import type { BodyPatch } from '../json/patch.ts';
import type { JsonField } from '../json/scan.ts';

interface Id {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Replaces the ids of calls and results that the API refuses in the messages of a body (wire case 77): `tool_use` ids
 * must match `^[a-zA-Z0-9_-]+$` and be unique. The vendor's own calls keep theirs. `messages` is the field with the
 * list. Throws a `JsonScanError`.
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
      if (!cursor.stringIs('content')) cursor.skipValue();
      else if (enterOrSkip(cursor, 'array'))
        while (cursor.nextElement()) patchBlock(cursor, turn, ids, patch);
    }
  }
}

/** `type` may come after the id. */
function patchBlock(cursor: JsonCursor, turn: number, ids: OutgoingCallIds, patch: BodyPatch): void {
  if (!enterOrSkip(cursor, 'object')) return;
  let type = '';
  let id: Id | null = null;
  let callId: Id | null = null;
  while (cursor.nextKey()) {
    const isType = cursor.stringIs('type');
    const isId = cursor.stringIs('id');
    const isCallId = cursor.stringIs('tool_use_id');
    if (!(isType || isId || isCallId) || !cursor.passString()) {
      cursor.skipValue();
      continue;
    }
    const found = { start: cursor.stringStart, end: cursor.stringEnd, text: cursor.string() };
    if (isType) type = found.text;
    else if (isId) id = found;
    else callId = found;
  }
  if (type === 'tool_use' && id !== null) replaceId(id, ids.call(id.text, turn), patch);
  if (type === 'tool_result' && callId !== null) replaceId(callId, ids.result(callId.text), patch);
}

function replaceId({ start, end, text }: Id, sent: string, patch: BodyPatch): void {
  if (sent !== text) patch.replace(start, end, JSON.stringify(sent));
}
