import { callId } from './encode-common.ts';
import type { Block, Turn } from './message-body.ts';
import type { WarningList } from './warning-list.ts';

const NO_RESULT = 'No result of this call was recorded.';

/**
 * Brings calls and results into the only order that the API takes: each call answered in the turn right behind it, results
 * in front of all else (wire cases 67, 68). Histories that were cut or mixed are repaired, with a warning, since the
 * client could not: a call without a result gets one that says so, as an error; a result without a call in the turn
 * before becomes text, its pictures stay. Ids keep their spelling, but one that occurs twice or holds letters that
 * the API refuses is changed, alike in call and result.
 */
export function answerCalls(turns: readonly Turn[], warnings: WarningList): Turn[] {
  const answered: Turn[] = [];
  const used = new Set<string>();
  let open: Map<string, string[]> | null = null;
  for (const turn of turns) {
    if (turn.role !== 'user' && open !== null) {
      answered.push({ role: 'user', content: takeRest(open, warnings) });
      open = null;
    }
    if (turn.role === 'user') {
      answered.push({
        role: 'user',
        content: orderResults(turn.content, open ?? new Map<string, string[]>(), warnings),
      });
      open = null;
      continue;
    }
    answered.push(turn);
    if (turn.role === 'assistant') open = nameCalls(turn.content, used);
  }
  if (open !== null) answered.push({ role: 'user', content: takeRest(open, warnings) });
  return answered;
}

/** Gives every call of a turn an id of its own: the final ids by the one it came with; null without calls. */
function nameCalls(content: readonly Block[], used: Set<string>): Map<string, string[]> | null {
  const open = new Map<string, string[]>();
  for (const block of content) {
    if (block.type !== 'tool_use') continue;
    const given = String(block['id']);
    const id = unusedId(callId(given), used);
    used.add(id);
    block['id'] = id;
    const finals = open.get(given);
    if (finals === undefined) open.set(given, [id]);
    else finals.push(id);
  }
  return open.size === 0 ? null : open;
}

function unusedId(id: string, used: ReadonlySet<string>): string {
  if (!used.has(id)) return id;
  let count = 2;
  while (used.has(`${id}_${count}`)) count += 1;
  return `${id}_${count}`;
}

function orderResults(
  content: readonly Block[],
  open: Map<string, string[]>,
  warnings: WarningList,
): Block[] {
  const results: Block[] = [];
  const others: Block[] = [];
  for (const block of content) {
    if (block.type !== 'tool_result') {
      others.push(block);
      continue;
    }
    const id = open.get(String(block['tool_use_id']))?.shift();
    if (id === undefined) {
      warnings.changed('messages (tool result without its call)');
      others.push(...resultAsText(block));
    } else {
      block['tool_use_id'] = id;
      results.push(block);
    }
  }
  return [...results, ...takeRest(open, warnings), ...others];
}

/** Results for the calls that have none. */
function takeRest(open: ReadonlyMap<string, string[]>, warnings: WarningList): Block[] {
  const ids = [...open.values()].flat();
  if (ids.length > 0) warnings.changed('messages (tool call without a result)');
  return ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: NO_RESULT, is_error: true }));
}

function resultAsText(result: Block): Block[] {
  const content = Array.isArray(result['content']) ? (result['content'] as Block[]) : [];
  return [{ type: 'text', text: `Result of the tool call ${String(result['tool_use_id'])}:` }, ...content];
}
