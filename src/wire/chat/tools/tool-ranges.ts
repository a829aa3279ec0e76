import { enterOrSkip, JsonCursor } from '../../json/cursor.ts';
import type { JsonField } from '../../json/scan.ts';

/** Where a wire has the parts of a tool. */
export interface ToolLayout {
  /** The key of the object with the name and the schema; null: the tool itself. */
  readonly holder: string | null;
  readonly schemaKey: string;
  /** The `type` of tools with a schema of the client's, which may also be absent. */
  readonly type: string;
}

/** A range of bytes in a body. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The positions of one tool's parts in a body. */
export interface ToolRanges {
  /** Index in the list. */
  readonly index: number;
  readonly name: string;
  /** The value of the schema; null: the tool has none. */
  readonly schema: Range | null;
  /** `true` as the value of `strict`; null: not strict. */
  readonly strict: Range | null;
  /** Offset after the brace that opens the object with the schema. */
  readonly insertAt: number;
}

type Found = { -readonly [Key in keyof Omit<ToolRanges, 'index'>]: ToolRanges[Key] };

/** Finds the tools with a name in the list of a field; tools of other types are left out. Throws a `JsonScanError`. */
export function toolRanges(body: Buffer, list: JsonField, layout: ToolLayout): readonly ToolRanges[] {
  const tools: ToolRanges[] = [];
  const cursor = new JsonCursor(body, list.valueStart);
  if (!cursor.enter('array')) return tools;
  for (let index = 0; cursor.nextElement(); index += 1) {
    const found = readTool(cursor, layout);
    if (found !== null && found.name !== '') tools.push({ index, ...found });
  }
  return tools;
}

function readTool(cursor: JsonCursor, { holder, schemaKey, type }: ToolLayout): Found | null {
  if (!enterOrSkip(cursor, 'object')) return null;
  const own: Found = { name: '', schema: null, strict: null, insertAt: cursor.position };
  let inner: Found | null = null;
  let isOfType = true;
  while (cursor.nextKey()) {
    if (holder !== null && cursor.stringIs(holder)) {
      inner = readTool(cursor, { holder: null, schemaKey, type: '' });
    } else if (type !== '' && cursor.stringIs('type')) {
      isOfType = isWord(cursor, type);
    } else readKey(cursor, schemaKey, own);
  }
  if (!isOfType) return null;
  return holder === null ? own : inner;
}

function readKey(cursor: JsonCursor, schemaKey: string, found: Found): void {
  const isSchema = cursor.stringIs(schemaKey);
  const isStrict = cursor.stringIs('strict');
  if (cursor.stringIs('name') && cursor.passString()) {
    found.name = cursor.string();
    return;
  }
  const first = cursor.peek();
  const start = cursor.position;
  cursor.skipValue();
  if (isSchema) found.schema = { start, end: cursor.position };
  else if (isStrict && first === 0x74) found.strict = { start, end: cursor.position };
}

function isWord(cursor: JsonCursor, word: string): boolean {
  if (cursor.passString()) return cursor.stringIs(word);
  const isNull = cursor.peek() === 0x6e;
  cursor.skipValue();
  return isNull;
}
