import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** The keys of a delta whose text no rule reads. */
type TextKey = 'content' | 'reasoning_content';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What may follow a backslash, except `u`, whose digits are left to the parser. */
const ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

/**
 * An event with text as a template for later ones: most differ only in that text, which no rule reads. If everything
 * around the text is identical, the event needs no parsing, and the normalized surroundings of the first event are
 * reused (measured: 0.4 µs per event instead of 3 unchanged and 5 normalized).
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
   * The template of the event in `buffer` from `start` to `end` with its text under `key`; `mended` is its normalized
   * form, null if it is canonical. Returns null if the event cannot be a template.
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

  /** Does the event in `buffer` from `start` to `end` fit this template? */
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

  /** The normalized form of an event that fits; null if the event is canonical. */
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
 * The key of the text of a normalized chunk that carries only text, and nothing that a rule or the meter must read in
 * every such event; null for other chunks. For chunks without usage.
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

/** The range of the text of the first such key, without quotes. Inside a JSON string the key's quotes are escaped. */
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

/** The offset after the characters from `start` that are valid in a JSON string, at most `end`. */
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
