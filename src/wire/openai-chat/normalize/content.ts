import { filledString, isJsonObject } from '../../json/value.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';

/**
 * `content` is a string or null. Some servers write the list of parts that requests may hold (Mistral's reasoning
 * models: docs.mistral.ai, "Reasoning"), which no client of this wire puts together: its texts are joined, its thinking
 * moves to `reasoning_content`. A single part is a list of one; any other value is text that a server has parsed.
 */
export const contentText: Rule = {
  name: 'content is text',
  cases: [],
  choice: (_choice, delta, _state, stream) => {
    if (!writeAsText(delta)) return false;
    stream.movedText = true;
    return true;
  },
  message: (_choice, message) => writeAsText(message),
};

function writeAsText(message: MutableJson): boolean {
  const { content } = message;
  if (typeof content === 'string' || content === null || content === undefined) return false;
  if (Array.isArray(content)) joinParts(message, content);
  else if (isJsonObject(content) && typeof content['text'] === 'string') joinParts(message, [content]);
  else message['content'] = JSON.stringify(content);
  return true;
}

function joinParts(message: MutableJson, content: readonly unknown[]): void {
  const parts = content.filter(isJsonObject);
  const thinking = parts
    .map(({ type, thinking: inner }) => (type === 'thinking' ? textOf(inner) : ''))
    .join('');
  message['content'] = parts.map(({ text }) => filledString(text) ?? '').join('');
  if (thinking === '') return;
  message['reasoning_content'] = (filledString(message['reasoning_content']) ?? '') + thinking;
}

/** Thinking is text, or a list of parts in its turn. */
function textOf(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  const parts = Array.isArray(thinking) ? (thinking as readonly unknown[]) : [];
  return parts.map((part) => (isJsonObject(part) ? (filledString(part['text']) ?? '') : '')).join('');
}

/**
 * vLLM, Groq and Ollama say `reasoning`; Zed and LangChain read `reasoning_content` alone, and aider looks no further
 * where that is null. The upstream's own key stays beside it, for groq-sdk; the AI SDK takes one of them and does not
 * double it.
 */
export const reasoningContent: Rule = {
  name: 'reasoning as reasoning_content',
  cases: [143, 144],
  choice: (_choice, delta) => copyReasoning(delta),
  message: (_choice, message) => copyReasoning(message),
};

function copyReasoning(delta: MutableJson): boolean {
  const reasoning = filledString(delta['reasoning']);
  if (reasoning === null || filledString(delta['reasoning_content']) !== null) return false;
  delta['reasoning_content'] = reasoning;
  return true;
}
