import { withoutBillingLine } from '../../chat/request/billing-line.ts';
import { markSystemText } from '../../chat/request/system-reminder.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { isSystemRole } from './odd-turns.ts';
import type { PlannedTurn } from './turn-plan.ts';

/** Between the texts of joined messages, as between the parts of one (wire case 87). */
const BETWEEN = '\n';
/** String values of two messages that are one text; of any other key the first value stays. */
const TEXTS: ReadonlySet<string> = new Set(['content', 'reasoning_content', 'reasoning', 'refusal']);

/** What the user has said before the model began the conversation. */
const NOTHING_SAID = '[Start of the conversation]';

/**
 * Writes the members of a planned turn as one message: texts follow each other, lists are concatenated, every other key
 * keeps its first value. `members` in order.
 */
export function joinMessages(turn: PlannedTurn, members: readonly JsonObject[]): JsonObject {
  if (members.length === 0) return { role: turn.role, content: NOTHING_SAID };
  const written = members.map((message) => asMember(turn, message));
  const [first] = written;
  if (first !== undefined && written.length === 1) return first;
  // All values of a key are joined at once: thousands of turns in pairs would take quadratic time.
  const values = new Map<string, unknown[]>();
  for (const message of written) {
    for (const [key, value] of Object.entries(message)) {
      const known = values.get(key);
      if (known === undefined) values.set(key, [value]);
      else known.push(value);
    }
  }
  return Object.fromEntries(Array.from(values, ([key, all]) => [key, joinValues(key, all)]));
}

function asMember({ role, isShared, isRequest }: PlannedTurn, message: JsonObject): JsonObject {
  if (role === 'user' && isSystemRole(message['role']))
    return isRequest === true ? { role, content: message['content'] } : asUser(message);
  return isShared === true ? withAuthor(message) : message;
}

/** The name, else the role, precedes the words, as in a transcript. */
function withAuthor({ name, ...message }: JsonObject): JsonObject {
  const { role, content } = message;
  const author = `${filledString(name) ?? String(role)}:`;
  if (typeof content === 'string') return { ...message, content: `${author} ${content}` };
  if (!Array.isArray(content)) return message;
  const [first, ...rest] = content as readonly unknown[];
  if (!isJsonObject(first) || typeof first['text'] !== 'string')
    return { ...message, content: [{ type: 'text', text: author }, ...(content as unknown[])] };
  return { ...message, content: [{ ...first, text: `${author} ${first['text']}` }, ...rest] };
}

function joinValues(key: string, values: readonly unknown[]): unknown {
  // Blank text has no place among others, and may stand for thinking that is not known.
  const filled = values.filter(
    (value) => value !== null && (typeof value !== 'string' || value.trim() !== ''),
  );
  if (filled.length < 2) return filled[0] ?? values[0];
  if (filled.every((value) => typeof value === 'string'))
    return TEXTS.has(key) ? filled.join(BETWEEN) : filled[0];
  if (key === 'content') return filled.flatMap(partsOf);
  return filled.every((value) => Array.isArray(value)) ? filled.flat() : filled[0];
}

function partsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}

/** System text as a part of a user turn, marked as such. */
function asUser({ content }: JsonObject): JsonObject {
  if (typeof content === 'string') return { role: 'user', content: markSystemText(content) };
  if (!Array.isArray(content)) return { role: 'user', content };
  const texts: string[] = [];
  for (const part of content as readonly unknown[]) {
    if (!isJsonObject(part) || typeof part['text'] !== 'string') return { role: 'user', content };
    texts.push(part['text']);
  }
  return { role: 'user', content: markSystemText(texts.join(BETWEEN)) };
}

/** A system message without a billing line at the start of a text; null if nothing is left of it. */
export function withoutBillingText(message: JsonObject): JsonObject | null {
  const { content } = message;
  if (typeof content === 'string') {
    const text = withoutBillingLine(content);
    return text === '' ? null : { ...message, content: text };
  }
  if (!Array.isArray(content)) return message;
  const parts = content.flatMap((part: unknown) => {
    if (!isJsonObject(part) || typeof part['text'] !== 'string') return [part];
    const text = withoutBillingLine(part['text']);
    return text === '' ? [] : [{ ...part, text }];
  });
  return parts.length === 0 ? null : { ...message, content: parts };
}
