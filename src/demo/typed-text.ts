import { elements, fields, text } from '../util/json-fields.ts';

/**
 * Names of tags that wrap what the user typed: `<task>` of Cline, `<user_query>` of Cursor, `<userRequest>` of Copilot.
 */
const TYPED = /^(?:user|human)?[-_]?(?:task|query|input|message|prompt|request|question|feedback|answer)$/i;
/**
 * Names of tags that hold what a client adds to the user's turn: `<system-reminder>` of Claude Code and opencode,
 * `<environment_context>` and `<INSTRUCTIONS>` of Codex, `<environment_details>` of Cline, `<attachments>` of Copilot.
 * Other tags may be the user's own HTML or XML.
 */
const ADDED =
  /^(?:[A-Za-z]+(?:[-_][A-Za-z]+)+|INSTRUCTIONS|env|environment|context|attachments?|reminder|rules)$/;
const OPENING = /<([A-Za-z][\w-]*)(?:\s[^<>]*)?>/g;

/**
 * What the user typed last: the last text block of the last user message that is not only a block of tags that the
 * client added, without such blocks. '' if there is none.
 */
export function typedText(messages: readonly Readonly<Record<string, unknown>>[]): string {
  for (const { role, content } of messages.toReversed()) {
    if (role !== 'user') continue;
    for (const block of textBlocks(content).toReversed()) {
      const typed = withoutAdded(block).trim();
      if (typed !== '') return typed;
    }
  }
  return '';
}

/** The texts of a message, whose content is a string or parts. */
export function textBlocks(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  return (elements(content) ?? []).map((part) => text(fields(part).text) ?? '');
}

/** A text without the blocks that clients add, and without the tags around what the user typed. */
function withoutAdded(whole: string): string {
  const unclosed = new Set<string>();
  let typed = '';
  let end = 0;
  for (const { 0: tag, 1: name = '', index } of whole.matchAll(OPENING)) {
    const isTyped = TYPED.test(name);
    if (index < end || unclosed.has(name) || !(isTyped || ADDED.test(name))) continue;
    const closing = `</${name}>`;
    const close = whole.indexOf(closing, index + tag.length);
    if (close < 0) {
      unclosed.add(name);
      continue;
    }
    const inner = isTyped ? withoutAdded(whole.slice(index + tag.length, close)) : '';
    typed += `${whole.slice(end, index)} ${inner} `;
    end = close + closing.length;
  }
  return typed + whole.slice(end);
}
