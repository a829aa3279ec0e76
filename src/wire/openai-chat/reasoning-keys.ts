import { JsonCursor } from '../json/cursor.ts';
import type { JsonField } from '../json/scan.ts';
import type { OpenAiTraits } from './dialect.ts';
import type { ByteRange } from './message-ranges.ts';

/** The keys under which messages have plain thinking. */
export const REASONING_KEYS = ['reasoning_content', 'reasoning'] as const;

/** One of them. */
export type ReasoningKey = (typeof REASONING_KEYS)[number];

/** Bytes to replace. */
export interface ReasoningEdit extends ByteRange {
  readonly text: string;
}

/** The keys that a server reads; none if it does not support thinking in requests. */
export function reasoningKeys({
  reasoningField: field,
}: Pick<OpenAiTraits, 'reasoningField'>): readonly ReasoningKey[] {
  if (field === null) return [];
  return field === 'both' ? REASONING_KEYS : [field];
}

/** A key of a message with thinking. */
interface Found extends ByteRange {
  readonly keyStart: number;
  /** The value is text, and not empty. */
  readonly isFilled: boolean;
}

/**
 * The edits after which each message with thinking has it under all of `keys`, which the server reads. A client
 * keeps the key that it knows: several read `reasoning_content` only, newer versions of vLLM and Ollama `reasoning` only
 * (QwenLM/qwen-code#4285). Thinking under the right key is left alone. `messages` is the field with the list. Throws a
 * `JsonScanError`.
 */
export function reasoningEdits(
  body: Buffer,
  messages: JsonField,
  keys: readonly ReasoningKey[],
): readonly ReasoningEdit[] {
  const edits: ReasoningEdit[] = [];
  const cursor = new JsonCursor(body, messages.valueStart);
  if (!cursor.enter('array')) return edits;
  while (cursor.nextElement()) {
    if (!cursor.enter('object')) {
      cursor.skipValue();
      continue;
    }
    const found = findKeys(cursor);
    for (const key of keys) {
      const edit = editOf(body, found, key);
      if (edit !== null) edits.push(edit);
    }
  }
  return edits;
}

function findKeys(cursor: JsonCursor): ReadonlyMap<ReasoningKey, Found> {
  const found = new Map<ReasoningKey, Found>();
  while (cursor.nextKey()) {
    const key = REASONING_KEYS.find((each) => cursor.stringIs(each));
    const keyStart = cursor.stringStart;
    cursor.peek();
    const start = cursor.position;
    const isFilled = key !== undefined && cursor.passString() && cursor.stringBytes > 0;
    if (cursor.position === start) cursor.skipValue();
    if (key !== undefined) found.set(key, { keyStart, start, end: cursor.position, isFilled });
  }
  return found;
}

/** Null or empty text under the wanted key is replaced; a missing key goes before the other one. */
function editOf(
  body: Buffer,
  found: ReadonlyMap<ReasoningKey, Found>,
  key: ReasoningKey,
): ReasoningEdit | null {
  const present = found.get(key);
  const other = found.get(key === 'reasoning' ? 'reasoning_content' : 'reasoning');
  if (present?.isFilled === true || other?.isFilled !== true) return null;
  const text = body.toString('utf8', other.start, other.end);
  if (present !== undefined) return { start: present.start, end: present.end, text };
  return { start: other.keyStart, end: other.keyStart, text: `"${key}":${text},` };
}
