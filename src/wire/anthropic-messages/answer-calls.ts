import { callId } from './encode-common.ts';
import type { Block, Turn } from './message-body.ts';
import type { WarningList } from '../warning-list.ts';

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
  const ids = new UnusedIds();
  let open: OpenCalls | null = null;
  for (const turn of turns) {
    if (turn.role !== 'user' && open !== null) {
      answered.push({ role: 'user', content: takeRest(open, warnings) });
      open = null;
    }
    if (turn.role === 'user') {
      answered.push({
        role: 'user',
        content: orderResults(turn.content, open ?? new Map<string, CallIds>(), warnings),
      });
      open = null;
      continue;
    }
    answered.push(turn);
    if (turn.role === 'assistant') open = nameCalls(turn.content, ids);
  }
  if (open !== null) answered.push({ role: 'user', content: takeRest(open, warnings) });
  return answered;
}

/** The final ids of the calls that came with one id, and how many of them have their result. */
interface CallIds {
  readonly ids: string[];
  answered: number;
}

/** The calls of a turn, by the id that they came with. */
type OpenCalls = ReadonlyMap<string, CallIds>;

/** Gives every call of a turn an id of its own: the final ids by the one it came with; null without calls. */
function nameCalls(content: readonly Block[], unused: UnusedIds): OpenCalls | null {
  const open = new Map<string, CallIds>();
  for (const block of content) {
    if (block.type !== 'tool_use') continue;
    const given = String(block['id']);
    const id = unused.take(callId(given));
    block['id'] = id;
    const same = open.get(given);
    if (same === undefined) open.set(given, { ids: [id], answered: 0 });
    else same.ids.push(id);
  }
  return open.size === 0 ? null : open;
}

/** Makes ids unique; each goes on counting where it stopped, since thousands of calls may have come with the same. */
class UnusedIds {
  readonly #used = new Set<string>();
  readonly #lastCount = new Map<string, number>();

  take(id: string): string {
    let unused = id;
    let count = this.#lastCount.get(id) ?? 1;
    while (this.#used.has(unused)) {
      count += 1;
      unused = `${id}_${count}`;
    }
    this.#lastCount.set(id, count);
    this.#used.add(unused);
    return unused;
  }
}

function orderResults(content: readonly Block[], open: OpenCalls, warnings: WarningList): Block[] {
  const results: Block[] = [];
  const others: Block[] = [];
  for (const block of content) {
    if (block.type !== 'tool_result') {
      others.push(block);
      continue;
    }
    const calls = open.get(String(block['tool_use_id']));
    const id = calls?.ids[calls.answered];
    if (calls === undefined || id === undefined) {
      warnings.changed('messages (tool result without its call)');
      others.push(...resultAsText(block));
    } else {
      calls.answered += 1;
      block['tool_use_id'] = id;
      results.push(block);
    }
  }
  return [...results, ...takeRest(open, warnings), ...others];
}

/** Results for the calls that have none. */
function takeRest(open: OpenCalls, warnings: WarningList): Block[] {
  const ids = [...open.values()].flatMap(({ ids: all, answered }) => all.slice(answered));
  if (ids.length > 0) warnings.changed('messages (tool call without a result)');
  return ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: NO_RESULT, is_error: true }));
}

function resultAsText(result: Block): Block[] {
  const content = Array.isArray(result['content']) ? (result['content'] as Block[]) : [];
  return [{ type: 'text', text: `Result of the tool call ${String(result['tool_use_id'])}:` }, ...content];
}
