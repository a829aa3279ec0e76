import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** The keys of a delta whose text no rule looks at. */
type TextKey = 'content' | 'reasoning_content';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What may follow a backslash but `u`, whose digits are left to the parser. */
const ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

/**
 * An event that carries text, as a pattern for those behind it: they mostly differ in that text alone, and no rule looks
 * at it. Where everything around the text is the same to the byte, the event needs no parsing, and what the rules made
 * of the first one is put around the new text (measured: 0.4 µs an event instead of 3 untouched and 5 mended).
 */
export class TextTemplate {
  readonly #before: Buffer;
  readonly #behind: Buffer;
  readonly #newBefore: Buffer | null;
  readonly #newBehind: Buffer | null;

  private constructor(before: Buffer, behind: Buffer, mended: readonly [Buffer, Buffer] | null) {
    this.#before = before;
    this.#behind = behind;
    this.#newBefore = mended?.[0] ?? null;
    this.#newBehind = mended?.[1] ?? null;
  }

  /**
   * The pattern of an event that lies in `buffer` from `start` to `end` and whose text is under `key`; `mended` is what
   * goes out in its place, null where it goes out as it is. Null where the event is no pattern.
   */
  static of(
    buffer: Buffer,
    start: number,
    end: number,
    key: TextKey,
    mended: Buffer | null,
  ): TextTemplate | null {
    const text = textRange(buffer, start, end, key);
    if (text === null) return null;
    const out = mended === null ? null : textRange(mended, 0, mended.length, key);
    if (mended !== null && out === null) return null;
    return new TextTemplate(
      Buffer.from(buffer.subarray(start, text.start)),
      Buffer.from(buffer.subarray(text.end, end)),
      mended === null || out === null ? null : [mended.subarray(0, out.start), mended.subarray(out.end)],
    );
  }

  /** Is the event in `buffer` from `start` to `end` of this pattern? */
  fits(buffer: Buffer, start: number, end: number): boolean {
    const textStart = start + this.#before.length;
    const textEnd = end - this.#behind.length;
    return (
      textStart <= textEnd &&
      buffer.compare(this.#before, 0, this.#before.length, start, textStart) === 0 &&
      buffer.compare(this.#behind, 0, this.#behind.length, textEnd, end) === 0 &&
      stringEnd(buffer, textStart, textEnd) === textEnd
    );
  }

  /** What goes out for an event that fits; null: the event itself. */
  write(buffer: Buffer, start: number, end: number): Buffer | null {
    const [before, behind] = [this.#newBefore, this.#newBehind];
    if (before === null || behind === null) return null;
    const textStart = start + this.#before.length;
    const textEnd = end - this.#behind.length;
    const output = Buffer.allocUnsafe(before.length + textEnd - textStart + behind.length);
    before.copy(output);
    buffer.copy(output, before.length, textStart, textEnd);
    behind.copy(output, before.length + textEnd - textStart);
    return output;
  }
}

/**
 * The key of the text of a chunk that, after its mending, carries text and nothing that a rule or the meter would have to
 * see in each event of its kind; null for other chunks. To be asked of chunks without usage.
 */
export function plainTextKey(chunk: JsonObject): TextKey | null {
  const { choices } = chunk;
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : null;
  if (!isJsonObject(choice) || choice['finish_reason'] !== null) return null;
  const { delta } = choice;
  if (!isJsonObject(delta)) return null;
  const textKey = typeof delta['content'] === 'string' ? 'content' : 'reasoning_content';
  if (typeof delta[textKey] !== 'string') return null;
  for (const key in delta) {
    const value = delta[key];
    if (key !== textKey && value !== null && value !== undefined) return null;
  }
  return textKey;
}

/** Where the text of the first such key lies, without its quotes. Inside a JSON string the key cannot stand so. */
function textRange(
  buffer: Buffer,
  start: number,
  end: number,
  key: TextKey,
): { start: number; end: number } | null {
  const opening = `"${key}":"`;
  const found = buffer.indexOf(opening, start, 'latin1');
  if (found < 0 || found >= end) return null;
  const textStart = found + opening.length;
  const textEnd = stringEnd(buffer, textStart, end);
  return buffer[textEnd] === QUOTE ? { start: textStart, end: textEnd } : null;
}

/** The offset behind the characters from `start` on that may stand in a JSON string, `end` at most. */
function stringEnd(buffer: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end) {
    const byte = buffer[position] ?? 0;
    if (byte === QUOTE || byte < 0x20) return position;
    if (byte === BACKSLASH) {
      position += 1;
      if (position >= end || !ESCAPES.has(buffer[position])) return position - 1;
    }
    position += 1;
  }
  return position;
}
