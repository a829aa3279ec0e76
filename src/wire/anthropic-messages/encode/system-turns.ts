import { unsupportedField } from '../../fields/field-error.ts';
import { markSystemText } from '../../chat/request/system-reminder.ts';
import type { Block, BlockContext } from './blocks.ts';

/** A turn of a Messages body. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: readonly Block[];
}

/** The top-level `system`, and the turns of `messages`. */
export interface SplitTurns {
  readonly system: readonly Block[];
  readonly rest: readonly Turn[];
}

/**
 * Gives system turns a place that the model accepts (wire case 84). A later one stays where it is if the model supports
 * it there: between a user turn and an assistant turn or the reply (Anthropic documentation, mid-conversation system
 * messages). Otherwise one from before the first answer joins `system`. After that it would apply to answers that are
 * already given, invalidate the cached prefix, and leave an answer as the last turn, which would be a prefill: so it
 * becomes a part of the user turn in its place. Each move is a warning. Throws a `GatewayError` `unsupported_parameter`
 * for a conversation without text.
 */
export function splitSystem(turns: readonly Turn[], context: BlockContext): SplitTurns {
  const system: Block[] = [];
  const rest: Turn[] = [];
  let isAnswered = false;
  for (const [index, turn] of turns.entries()) {
    if (turn.role === 'assistant') isAnswered = true;
    if (turn.role !== 'system' || staysInPlace(turns, index, rest, context)) rest.push(turn);
    else if (isAnswered) rest.push(asUser(turn, context));
    else {
      if (rest.length > 0) context.warnings.changed('messages (system turn moved to the front)');
      for (const block of turn.content) system.push(block);
    }
  }
  return rest.length > 0 ? { system, rest } : lastAsUser(turns, context);
}

function staysInPlace(
  turns: readonly Turn[],
  index: number,
  before: readonly Turn[],
  { rules }: BlockContext,
): boolean {
  const previous = before.at(-1)?.role;
  if (!rules.systemTurns || (previous !== 'user' && previous !== 'system')) return false;
  let next = index + 1;
  while (turns[next]?.role === 'system') next += 1;
  return turns[next]?.role !== 'user';
}

/** The blocks keep their identity, which their cache breakpoints are recorded by. */
function asUser({ content }: Turn, { warnings }: BlockContext): Turn {
  warnings.changed('messages (system turn sent as user turn)');
  for (const block of content) {
    if (typeof block['text'] === 'string') block['text'] = markSystemText(block['text']);
  }
  return { role: 'user', content };
}

/** The API requires at least one turn, so the last of nothing but system turns is sent as a user turn. */
function lastAsUser(turns: readonly Turn[], { warnings }: BlockContext): SplitTurns {
  const last = turns.at(-1);
  if (last === undefined) throw unsupportedField('messages', 'The messages contain no text.');
  warnings.changed('messages (system turn sent as user turn)');
  return {
    system: turns.slice(0, -1).flatMap(({ content }) => content),
    rest: [{ role: 'user', content: last.content }],
  };
}
