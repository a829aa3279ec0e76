import type { ChatMessage, Part, TextPart, ToolResultPart } from '../../protocol/chat.ts';
import type { WarningList } from '../warning-list.ts';

const NO_RESULT = 'No result of this call was recorded.';

/**
 * Puts the history into the only order that upstreams accept: each call answered by the user turn right after it, no
 * result without its call, no duplicate id (wire cases 67, 68). Clients truncate and mix histories and cannot repair
 * them, so a call without a result gets an error result that says so, and a result without a call becomes text, each
 * with a warning. A valid history is returned unchanged; in any other, consecutive turns of one role are merged, and a
 * system turn between a call and its result moves after the result.
 */
export function repairCalls(messages: readonly ChatMessage[], warnings: WarningList): readonly ChatMessage[] {
  if (isValid(messages)) return messages;
  const repaired: ChatMessage[] = [];
  const ids = new UnusedIds();
  let open = NO_CALLS;
  for (const turn of joinTurns(messages)) {
    const unanswered = turn.role === 'user' ? [] : missingResults(open, warnings);
    if (unanswered.length > 0) repaired.push({ role: 'user', parts: unanswered });
    if (turn.role === 'user') {
      repaired.push({ role: 'user', parts: orderResults(turn.parts, open, warnings) });
      open = NO_CALLS;
    } else {
      const renamed = renameCalls(turn.parts, ids);
      repaired.push({ role: turn.role, parts: renamed.parts });
      open = renamed.open;
    }
  }
  const unanswered = missingResults(open, warnings);
  return unanswered.length === 0 ? repaired : [...repaired, { role: 'user', parts: unanswered }];
}

/** Does each call have a unique id and a result in the user turns right after it, and each result its call? */
function isValid(messages: readonly ChatMessage[]): boolean {
  const used = new Set<string>();
  const open = new Set<string>();
  for (const { role, parts } of messages) {
    if (role !== 'user' && open.size > 0) return false;
    for (const part of parts) {
      if (part.type === 'tool-result' && !open.delete(part.callId)) return false;
      if (part.type !== 'tool-call') continue;
      if (used.has(part.id)) return false;
      used.add(part.id);
      open.add(part.id);
    }
  }
  return open.size === 0;
}

/** Merges consecutive turns of one role; a system turn after calls waits until the next assistant turn. */
function joinTurns(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: { role: ChatMessage['role']; parts: Part[] }[] = [];
  let deferred: ChatMessage[] = [];
  let hasCalls = false;
  for (const { role, parts } of messages) {
    if (role === 'system') {
      if (hasCalls) deferred.push({ role, parts });
      else turns.push({ role, parts: [...parts] });
      continue;
    }
    if (role === 'assistant' && turns.at(-1)?.role !== role) {
      for (const turn of deferred) turns.push({ role: turn.role, parts: [...turn.parts] });
      deferred = [];
      hasCalls = false;
    }
    if (role === 'assistant') hasCalls ||= parts.some(({ type }) => type === 'tool-call');
    const last = turns.at(-1);
    if (last?.role !== role) turns.push({ role, parts: [...parts] });
    // Not `push(...parts)`: a turn can hold more parts than the call stack allows as arguments.
    else for (const part of parts) last.parts.push(part);
  }
  return [...turns, ...deferred];
}

/** The new ids of the calls that share an original id, and how many of them have their result. */
interface CallIds {
  readonly ids: string[];
  answered: number;
}

/** The calls of a turn, by original id. */
type OpenCalls = ReadonlyMap<string, CallIds>;

const NO_CALLS: OpenCalls = new Map();

/** Gives each call of a turn a unique id. */
function renameCalls(parts: readonly Part[], unused: UnusedIds): { parts: Part[]; open: OpenCalls } {
  const open = new Map<string, CallIds>();
  const renamed = parts.map((part): Part => {
    if (part.type !== 'tool-call') return part;
    const id = unused.take(part.id);
    const same = open.get(part.id);
    if (same === undefined) open.set(part.id, { ids: [id], answered: 0 });
    else same.ids.push(id);
    return { ...part, id };
  });
  return { parts: renamed, open };
}

/** Makes ids unique. Each id remembers its last count, since thousands of calls may share it. */
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

/** The results of the open calls first, including missing ones, then everything else. */
function orderResults(parts: readonly Part[], open: OpenCalls, warnings: WarningList): Part[] {
  const results: Part[] = [];
  const others: Part[] = [];
  for (const part of parts) {
    if (part.type !== 'tool-result') {
      others.push(part);
      continue;
    }
    const calls = open.get(part.callId);
    const callId = calls?.ids[calls.answered];
    if (calls === undefined || callId === undefined) {
      warnings.changed('messages (tool result without its call)');
      others.push(textPart(`Result of the tool call ${part.callId}:`), ...part.content);
    } else {
      calls.answered += 1;
      results.push({ ...part, callId });
    }
  }
  return [...results, ...missingResults(open, warnings), ...others];
}

function missingResults(open: OpenCalls, warnings: WarningList): ToolResultPart[] {
  const ids = [...open.values()].flatMap(({ ids: all, answered }) => all.slice(answered));
  if (ids.length > 0) warnings.changed('messages (tool call without a result)');
  return ids.map((callId) => ({
    type: 'tool-result',
    callId,
    content: [textPart(NO_RESULT)],
    isError: true,
    cache: null,
  }));
}

function textPart(text: string): TextPart {
  return { type: 'text', text, cache: null };
}
