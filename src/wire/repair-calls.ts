import type { ChatMessage, Part, TextPart, ToolResultPart } from '../protocol/chat.ts';
import { answerCalls } from './anthropic-messages/answer-calls.ts';
import type { Block, Turn } from './anthropic-messages/message-body.ts';
import type { WarningList } from './warning-list.ts';

/**
 * The history with every call answered right behind its turn and no result without its call, which servers of OpenAI's
 * wire refuse as the Messages API does (wire cases 67, 68): by the same repair, `answerCalls`. A history that is whole
 * comes back as it is; in one that is not, turns of one role are joined, and a system turn between a call and its
 * result stands behind the result.
 */
export function repairCalls(messages: readonly ChatMessage[], warnings: WarningList): readonly ChatMessage[] {
  if (isWhole(messages)) return messages;
  return answerCalls(joinTurns(messages), warnings).map(({ role, content }) => ({
    role,
    parts: content.map(partOf),
  }));
}

/** Is each call answered by the user turns right behind it, and each result that of such a call? */
function isWhole(messages: readonly ChatMessage[]): boolean {
  const open = new Set<string>();
  for (const { role, parts } of messages) {
    if (role !== 'user' && open.size > 0) return false;
    for (const part of parts) {
      if (part.type === 'tool-result' && !open.delete(part.callId)) return false;
      if (part.type !== 'tool-call') continue;
      if (open.has(part.id)) return false;
      open.add(part.id);
    }
  }
  return open.size === 0;
}

function joinTurns(messages: readonly ChatMessage[]): Turn[] {
  const turns: { role: Turn['role']; content: Block[] }[] = [];
  let held: Turn[] = [];
  let hasCalls = false;
  for (const { role, parts } of messages) {
    const content = parts.map(blockOf);
    if (role === 'system') {
      (hasCalls ? held : turns).push({ role, content });
      continue;
    }
    const joins = turns.at(-1)?.role === role;
    if (role === 'assistant' && !joins) {
      for (const turn of held) turns.push({ ...turn, content: [...turn.content] });
      held = [];
      hasCalls = false;
    }
    if (role === 'assistant') hasCalls ||= parts.some(({ type }) => type === 'tool-call');
    const last = turns.at(-1);
    if (last?.role !== role) turns.push({ role, content });
    else for (const block of content) last.content.push(block);
  }
  return [...turns, ...held];
}

/** A part as a block of which the repair reads and writes the ids alone. */
function blockOf(part: Part): Block {
  if (part.type === 'tool-call') return { type: 'tool_use', id: part.id, part };
  if (part.type !== 'tool-result') return { type: part.type, part };
  return { type: 'tool_result', tool_use_id: part.callId, content: part.content.map(blockOf), part };
}

/** The part of a block with the id that it has now; a block of the repair's own is a text or a result. */
function partOf(block: Block): Part {
  const part = block['part'] as Part | undefined;
  if (part?.type === 'tool-call') return { ...part, id: String(block['id']) };
  if (part?.type === 'tool-result') return { ...part, callId: String(block['tool_use_id']) };
  if (part !== undefined) return part;
  if (block.type === 'text') return textOf(block['text']);
  return {
    type: 'tool-result',
    callId: String(block['tool_use_id']),
    content: [textOf(block['content'])],
    isError: true,
    cache: null,
  } satisfies ToolResultPart;
}

function textOf(text: unknown): TextPart {
  return { type: 'text', text: String(text), cache: null };
}
