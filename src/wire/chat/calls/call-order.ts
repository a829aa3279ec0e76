import type { ChatMessage } from '../../../protocol/chat.ts';
import type { WarningList } from '../../warning-list.ts';

/** In place of a result that is missing. */
export const NO_RESULT = 'No result of this call was recorded.';

/** Precedes the content of a result without its call; null: it names no call. */
export function resultHeading(callId: string | null): string {
  return callId === null ? 'Result of a tool call:' : `Result of the tool call ${callId}:`;
}

/** A turn of a conversation. What its parts are is up to the wire. */
export interface OrderedTurn<Part> {
  readonly role: ChatMessage['role'];
  readonly parts: readonly Part[];
}

/** How a wire writes calls and results. */
export interface CallTerms<Part> {
  /** A call with an id that another call of the conversation has gets another one. */
  readonly uniqueIds: boolean;
  /** Nothing may be between calls and their results; if not, the wire itself puts results first in a user turn. */
  readonly resultsFirst: boolean;
  /** The id of a call; null: the part is something else. */
  readonly callId: (part: Part) => string | null;
  /** The id of the call that a result answers; null: the part is something else. */
  readonly resultId: (part: Part) => string | null;
  /** A call or result under another id. */
  readonly withId: (part: Part, id: string) => Part;
  /** The result of a call that has none. */
  readonly missing: (callId: string) => Part;
  /** A result without its call, as other content. */
  readonly orphan: (part: Part) => readonly Part[];
}

/**
 * Puts the history into the only order that strict upstreams accept: each call answered by the user turn right after
 * it, no result without its call (wire cases 67, 68). Clients truncate and mix histories and cannot repair them, so a
 * call without a result gets one that says so, and a result without a call becomes text, each with a warning. A valid
 * history is returned unchanged; in any other, consecutive turns of one role are merged, and a system turn between a
 * call and its result moves after the result.
 */
export function orderCalls<Part>(
  turns: readonly OrderedTurn<Part>[],
  terms: CallTerms<Part>,
  warnings: WarningList,
): readonly OrderedTurn<Part>[] {
  return isValid(turns, terms) ? turns : new CallOrder(terms, warnings).repair(turns);
}

/** Does each call have a result in the user turns right after it, each result its call, and, if need be, each call an id of its own? */
function isValid<Part>(turns: readonly OrderedTurn<Part>[], terms: CallTerms<Part>): boolean {
  const used = new Set<string>();
  const open = new Set<string>();
  for (const { role, parts } of turns) {
    if (role !== 'user' && open.size > 0) return false;
    for (const part of parts) {
      const resultId = terms.resultId(part);
      if (resultId !== null && !open.delete(resultId)) return false;
      if (resultId === null && role === 'user' && terms.resultsFirst && open.size > 0) return false;
      const callId = terms.callId(part);
      if (callId === null) continue;
      if (open.has(callId) || (terms.uniqueIds && used.has(callId))) return false;
      used.add(callId);
      open.add(callId);
    }
  }
  return open.size === 0;
}

/** The new ids of the calls that share an original id, and how many of them have their result. */
interface CallIds {
  readonly ids: string[];
  answered: number;
}

/** The calls of a turn, by original id. */
type OpenCalls = ReadonlyMap<string, CallIds>;

const NO_CALLS: OpenCalls = new Map();

class CallOrder<Part> {
  readonly #terms: CallTerms<Part>;
  readonly #warnings: WarningList;
  readonly #ids = new UnusedIds();

  constructor(terms: CallTerms<Part>, warnings: WarningList) {
    this.#terms = terms;
    this.#warnings = warnings;
  }

  repair(turns: readonly OrderedTurn<Part>[]): readonly OrderedTurn<Part>[] {
    const repaired: OrderedTurn<Part>[] = [];
    let open = NO_CALLS;
    for (const turn of this.#join(turns)) {
      const unanswered = turn.role === 'user' ? [] : this.#missing(open);
      if (unanswered.length > 0) repaired.push({ role: 'user', parts: unanswered });
      if (turn.role === 'user') {
        repaired.push({ role: 'user', parts: this.#resultsFirst(turn.parts, open) });
        open = NO_CALLS;
      } else {
        const renamed = this.#rename(turn.parts);
        repaired.push({ role: turn.role, parts: renamed.parts });
        open = renamed.open;
      }
    }
    const unanswered = this.#missing(open);
    return unanswered.length === 0 ? repaired : [...repaired, { role: 'user', parts: unanswered }];
  }

  /** Merges consecutive turns of one role; a system turn after calls waits until the next assistant turn. */
  #join(all: readonly OrderedTurn<Part>[]): readonly OrderedTurn<Part>[] {
    const turns: { role: ChatMessage['role']; parts: Part[] }[] = [];
    let deferred: OrderedTurn<Part>[] = [];
    let hasCalls = false;
    for (const { role, parts } of all) {
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
      if (role === 'assistant') hasCalls ||= parts.some((part) => this.#terms.callId(part) !== null);
      const last = turns.at(-1);
      if (last?.role !== role) turns.push({ role, parts: [...parts] });
      // Not `push(...parts)`: a turn can hold more parts than the call stack allows as arguments.
      else for (const part of parts) last.parts.push(part);
    }
    return [...turns, ...deferred];
  }

  /** Gives each call of a turn an id of its own. */
  #rename(parts: readonly Part[]): { parts: Part[]; open: OpenCalls } {
    const { callId, uniqueIds, withId } = this.#terms;
    const open = new Map<string, CallIds>();
    const renamed = parts.map((part): Part => {
      const given = callId(part);
      if (given === null) return part;
      const id = uniqueIds ? this.#ids.take(given) : given;
      const same = open.get(given);
      if (same === undefined) open.set(given, { ids: [id], answered: 0 });
      else same.ids.push(id);
      return withId(part, id);
    });
    return { parts: renamed, open };
  }

  /** The results of the open calls first, including missing ones, then everything else. */
  #resultsFirst(parts: readonly Part[], open: OpenCalls): Part[] {
    const { resultId, withId, orphan } = this.#terms;
    const results: Part[] = [];
    const others: Part[] = [];
    for (const part of parts) {
      const given = resultId(part);
      if (given === null) {
        others.push(part);
        continue;
      }
      const calls = open.get(given);
      const callId = calls?.ids[calls.answered];
      if (calls === undefined || callId === undefined) {
        this.#warnings.changed('messages (tool result without its call)');
        for (const each of orphan(part)) others.push(each);
      } else {
        calls.answered += 1;
        results.push(withId(part, callId));
      }
    }
    return [...results, ...this.#missing(open), ...others];
  }

  #missing(open: OpenCalls): Part[] {
    const ids = [...open.values()].flatMap(({ ids: all, answered }) => all.slice(answered));
    if (ids.length > 0) this.#warnings.changed('messages (tool call without a result)');
    return ids.map((callId) => this.#terms.missing(callId));
  }
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
