import { filledString, isJsonObject } from '../../json/value.ts';
import { isThinkingPart, thinkingOf } from '../reasoning/thinking-parts.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';

/**
 * `content` is a string or null. Some servers write the list of parts that requests may hold (Mistral's reasoning
 * models: docs.mistral.ai, "Reasoning"), which clients of this wire cannot read: its texts are joined, its thinking
 * moves to `reasoning_content`. A single part is treated as a list of one; any other value is text that a server has
 * parsed as JSON.
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
  else if (isPart(content)) joinParts(message, [content]);
  else message['content'] = JSON.stringify(content);
  return true;
}

function isPart(content: unknown): boolean {
  return isJsonObject(content) && (typeof content['text'] === 'string' || isThinkingPart(content));
}

function joinParts(message: MutableJson, content: readonly unknown[]): void {
  const parts = content.filter(isJsonObject);
  const thinking = parts.map((part) => thinkingOf(part) ?? '').join('');
  message['content'] = parts
    .map((part) => (isThinkingPart(part) ? '' : (filledString(part['text']) ?? '')))
    .join('');
  if (thinking === '') return;
  message['reasoning_content'] = (filledString(message['reasoning_content']) ?? '') + thinking;
}

/**
 * vLLM, Groq and Ollama write `reasoning`; Zed and LangChain only read `reasoning_content`, and aider ignores
 * `reasoning` when that is null. The original key stays too, for groq-sdk; the AI SDK reads only one of the two.
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
