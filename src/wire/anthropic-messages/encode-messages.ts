import type { ChatMessage } from '../../protocol/chat.ts';
import { unsupportedField } from '../read/field-error.ts';
import { repairCalls } from '../chat/repair-calls.ts';
import { encodeParts, type BlockContext } from './encode-blocks.ts';
import type { Block, Turn } from './message-body.ts';

/** The conversation of a Messages body. */
export interface EncodedMessages {
  readonly system: readonly Block[];
  readonly messages: readonly Turn[];
}

/**
 * Writes the conversation: leading system turns as blocks of `system` in their order; every call answered in the turn
 * after it (`repairCalls`); turns of one role merged; no empty text. Throws a `GatewayError` `unsupported_parameter`
 * with `param` `messages` for what this model cannot take.
 */
export function encodeMessages(messages: readonly ChatMessage[], context: BlockContext): EncodedMessages {
  const turns = repairCalls(messages, context.warnings)
    .map(({ role, parts }): Turn => ({ role, content: encodeParts(parts, role, context) }))
    .filter(({ content }) => content.length > 0);
  const { system, rest } = splitSystem(turns, context);
  return { system, messages: endForReply(merge(rest), context) };
}

/**
 * A later system turn stays in place where the model takes it there, which is behind a turn of the user and before one of
 * the assistant or the reply (docs, mid-conversation system messages); else it joins `system` (wire case 84).
 */
function splitSystem(
  turns: readonly Turn[],
  { rules, warnings }: BlockContext,
): { system: Block[]; rest: Turn[] } {
  const system: Block[] = [];
  const rest: Turn[] = [];
  for (const [index, turn] of turns.entries()) {
    if (turn.role !== 'system') rest.push(turn);
    else if (rules.systemTurns && followsUser(rest) && nextRole(turns, index) !== 'user') rest.push(turn);
    else system.push(...turn.content);
  }
  if (rest.length > 0) return { system, rest };
  // The API wants one turn at least; a client that sends instructions alone wants them followed.
  const last = turns.at(-1);
  if (last === undefined) throw unsupportedField('messages', 'The messages hold no text.');
  warnings.changed('messages (system turn sent as user turn)');
  return {
    system: turns.slice(0, -1).flatMap(({ content }) => content),
    rest: [{ role: 'user', content: last.content }],
  };
}

function followsUser(rest: readonly Turn[]): boolean {
  const role = rest.at(-1)?.role;
  return role === 'user' || role === 'system';
}

function nextRole(turns: readonly Turn[], index: number): Turn['role'] | null {
  return turns.slice(index + 1).find(({ role }) => role !== 'system')?.role ?? null;
}

/** Joins turns of one role; results of tools come first in theirs, as the API demands (wire case 68). */
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
 * A turn of the assistant at the end is a beginning of the reply: it must not end in white space, and models from 4.6 on
 * take none (wire case 123).
 */
function endForReply(turns: readonly Turn[], { rules }: BlockContext): readonly Turn[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return turns;
  if (!rules.prefill) {
    throw unsupportedField(
      'messages',
      'This model takes no assistant message at the end (prefill): the last message must be of the user.',
    );
  }
  const end = last.content.at(-1);
  if (end?.type !== 'text') return turns;
  // Never blank: such text has been dropped.
  end['text'] = String(end['text']).trimEnd();
  return turns;
}

/**
 * Is the reply to come inside a loop of tools whose turn began without thinking? Thinking within a budget is then refused:
 * "Expected `thinking` or `redacted_thinking`, but found `tool_use`" (docs, extended thinking with tool use).
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
