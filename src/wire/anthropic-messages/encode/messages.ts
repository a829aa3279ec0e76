import type { ChatMessage } from '../../../protocol/chat.ts';
import { unsupportedField } from '../../fields/field-error.ts';
import { repairCalls } from '../../chat/calls/repair-calls.ts';
import { encodeParts, type Block, type BlockContext } from './blocks.ts';
import { splitSystem, type Turn } from './system-turns.ts';

/** The conversation of a Messages body. */
export interface EncodedMessages {
  readonly system: readonly Block[];
  readonly messages: readonly Turn[];
}

/**
 * Encodes the conversation: system turns get a place that the model accepts (`splitSystem`); every call gets its result
 * in the next turn (`repairCalls`); consecutive turns of one role are merged; empty text is dropped. Throws a
 * `GatewayError` `unsupported_parameter` with `param` `messages` for content that this model cannot take.
 */
export function encodeMessages(messages: readonly ChatMessage[], context: BlockContext): EncodedMessages {
  const turns = repairCalls(messages, context.warnings)
    .map(({ role, parts }): Turn => ({ role, content: encodeParts(parts, role, context) }))
    .filter(({ content }) => content.length > 0);
  const { system, rest } = splitSystem(turns, context);
  return { system, messages: endForReply(merge(rest), context) };
}

/** Merges consecutive turns of one role; tool results are moved to the front, as the API requires (wire case 68). */
function merge(turns: readonly Turn[]): Turn[] {
  const merged: { role: Turn['role']; content: Block[] }[] = [];
  for (const { role, content } of turns) {
    const last = merged.at(-1);
    if (last?.role !== role) merged.push({ role, content: [...content] });
    else for (const block of content) last.content.push(block);
  }
  return merged.map(({ role, content }) => ({ role, content: resultsFirst(content) }));
}

function resultsFirst(content: readonly Block[]): readonly Block[] {
  const firstOther = content.findIndex(({ type }) => type !== 'tool_result');
  if (firstOther < 0 || !content.some(({ type }, at) => at > firstOther && type === 'tool_result'))
    return content;
  const isResult = ({ type }: Block): boolean => type === 'tool_result';
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))];
}

/**
 * A final assistant turn is the beginning of the reply (prefill): it must not end with white space, and models from
 * 4.6 on do not support it (wire case 123).
 */
function endForReply(turns: readonly Turn[], { rules }: BlockContext): readonly Turn[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return turns;
  if (!rules.prefill) {
    throw unsupportedField(
      'messages',
      'This model does not support prefill: the last message must not be an assistant message.',
    );
  }
  const end = last.content.at(-1);
  if (end?.type !== 'text') return turns;
  // Not blank: blank text was dropped.
  end['text'] = String(end['text']).trimEnd();
  return turns;
}

/**
 * Does the reply continue a tool loop whose turn began without thinking? The API then rejects thinking with a budget:
 * "Expected `thinking` or `redacted_thinking`, but found `tool_use`" (Anthropic documentation, extended thinking with
 * tool use).
 */
export function inLoopWithoutThinking(turns: readonly Turn[]): boolean {
  const assistant = turns.findLast(({ role }) => role === 'assistant');
  const first = assistant?.content[0]?.type;
  return (
    (assistant?.content.some(({ type }) => type === 'tool_use') ?? false) &&
    first !== 'thinking' &&
    first !== 'redacted_thinking'
  );
}
