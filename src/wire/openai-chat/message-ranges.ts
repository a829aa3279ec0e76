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

/** Where keys of messages lie. */
export interface MessageKeys {
  /** What must go for them to be gone, a comma of each included; in the order of the body, none over another. */
  readonly ranges: readonly ByteRange[];
  /** Those of the names that are there. */
  readonly found: ReadonlySet<string>;
}

/**
 * Finds the keys of these names in the messages of a body. `messages` is the field with the list. Throws a
 * `JsonScanError`.
 */
export function messageKeys(body: Buffer, messages: JsonField, names: readonly string[]): MessageKeys {
  const ranges: ByteRange[] = [];
  const found = new Set<string>();
  // Most requests have none, and a search costs a tenth of a walk.
  if (!names.some((name) => body.includes(`"${name}"`, messages.valueStart))) return { ranges, found };
  const cursor = new JsonCursor(body, messages.valueStart);
  if (!cursor.enter('array')) return { ranges, found };
  while (cursor.nextElement()) {
    if (cursor.enter('object')) walkMessage(cursor, names, { ranges, found });
    else cursor.skipValue();
  }
  return { ranges, found };
}

/** A key goes with the comma behind it; keys at the end of the object go with the comma before the first of them. */
function walkMessage(
  cursor: JsonCursor,
  names: readonly string[],
  { ranges, found }: { ranges: ByteRange[]; found: Set<string> },
): void {
  let keptEnd: number | null = null;
  /** Where a row of keys that go begins, and where its last value ends. */
  let row: { readonly start: number; end: number } | null = null;
  while (cursor.nextKey()) {
    const keyStart = cursor.stringStart;
    const name = names.find((each) => cursor.stringIs(each));
    cursor.skipValue();
    if (name === undefined) {
      if (row !== null) ranges.push({ start: row.start, end: keyStart });
      row = null;
      keptEnd = cursor.position;
    } else {
      found.add(name);
      row ??= { start: keyStart, end: 0 };
      row.end = cursor.position;
    }
  }
  if (row !== null) ranges.push({ start: keptEnd ?? row.start, end: row.end });
}
