import { JsonCursor } from '../json/cursor.ts';
import type { JsonField } from '../json/scan.ts';

const DEVELOPER = 'developer';

/** A range of a body's bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the messages of a body say the role `developer`: the ranges of the values, quotes included. `messages` is the
 * field with the list. Throws a `JsonScanError`.
 */
export function developerRoles(body: Buffer, messages: JsonField): readonly ByteRange[] {
  const ranges: ByteRange[] = [];
  // Most requests have none, and a search costs a tenth of a walk.
  if (!body.includes(DEVELOPER)) return ranges;
  const cursor = new JsonCursor(body, messages.valueStart);
  if (!cursor.enter('array')) return ranges;
  while (cursor.nextElement()) {
    if (!cursor.enter('object')) {
      cursor.skipValue();
      continue;
    }
    while (cursor.nextKey()) {
      if (!cursor.stringIs('role') || !cursor.passString()) cursor.skipValue();
      else if (cursor.stringIs(DEVELOPER)) ranges.push({ start: cursor.stringStart, end: cursor.stringEnd });
    }
  }
  return ranges;
}
