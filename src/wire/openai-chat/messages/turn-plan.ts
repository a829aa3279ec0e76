import { isSystemRole } from './odd-turns.ts';

/** What the plan needs to know about a message. */
export interface TurnHead {
  /** null: none, or not a string. */
  readonly role: string | null;
  /** The author; null: none. */
  readonly name: string | null;
  /** It has no content; absent: it has. */
  readonly isEmpty?: boolean;
}

/** One outgoing turn: the messages that it consists of, by index, in order. None: it only keeps the order of roles. */
export interface PlannedTurn {
  readonly role: string | null;
  readonly members: readonly number[];
  /** The members are of several authors, whose names precede their words. */
  readonly isShared?: boolean;
  /** System text that is the whole request, not a note within a user turn. */
  readonly isRequest?: boolean;
}

/** The turns that go out, and what happens to system text. */
export interface TurnPlan {
  readonly turns: readonly PlannedTurn[];
  /** System text moves before turns that preceded it. */
  readonly movesToFront: boolean;
  /** System text becomes a part of a user turn. */
  readonly sendsAsUser: boolean;
  /** Names of authors become text. */
  readonly namesAuthors: boolean;
  /** A user turn precedes an assistant turn at the beginning. */
  readonly addsUser: boolean;
}

interface OpenTurn extends PlannedTurn {
  readonly members: number[];
  name: string | null;
  /** Some member is a message of this role, not just system text, which has no author. */
  authored: boolean;
  isShared: boolean;
}

/**
 * Orders turns for chat templates that take system text only at the beginning, and no two turns of one role in a row
 * (wire case 84). System text from before the first answer joins the first system turn. Later system text
 * changes what was agreed so far: at the front it would apply to answers that are already given, and each such turn
 * would change the prefix that the server has cached. So it stays in its place, as a part of the user turn there; between
 * a call and its results it waits for the last result.
 *
 * The first turn must be the user's ("Conversation roles must alternate" of Mistral and Gemma, whose templates count from
 * it, withcatai/node-llama-cpp#263; "No user query found in messages" of Qwen 3.5, lmstudio-bug-tracker#1586): before an
 * assistant turn an empty one is put, and of nothing but system text the last becomes the user's.
 */
export function planTurns(heads: readonly TurnHead[]): TurnPlan {
  const planner = new Planner();
  for (const [index, head] of heads.entries()) planner.add(head, index);
  return planner.end();
}

class Planner {
  readonly #front: number[] = [];
  #frontRole: string | null = null;
  readonly #turns: OpenTurn[] = [];
  #waiting: number[] = [];
  #answered = false;
  #movesToFront = false;
  #sendsAsUser = false;
  #namesAuthors = false;

  add({ role, name, isEmpty }: TurnHead, index: number): void {
    if (isSystemRole(role)) {
      if (isEmpty !== true) this.#addSystem(role, index);
      return;
    }
    if (role !== 'tool' && role !== 'function') this.#addWaiting();
    if (role === 'assistant') this.#answered = true;
    this.#join({ role, members: [index], name, authored: true, isShared: false });
  }

  end(): TurnPlan {
    this.#addWaiting();
    const turns: PlannedTurn[] = [...this.#turns];
    const addsUser = turns[0]?.role === 'assistant';
    if (addsUser) turns.unshift({ role: 'user', members: [] });
    if (turns.length === 0) this.#moveLastSystem(turns);
    if (this.#front.length > 0) turns.unshift({ role: this.#frontRole, members: this.#front });
    return {
      turns,
      movesToFront: this.#movesToFront,
      sendsAsUser: this.#sendsAsUser,
      namesAuthors: this.#namesAuthors,
      addsUser,
    };
  }

  #moveLastSystem(turns: PlannedTurn[]): void {
    const last = this.#front.pop();
    if (last === undefined) return;
    this.#sendsAsUser = true;
    turns.push({ role: 'user', members: [last], isRequest: true });
  }

  #addSystem(role: string | null, index: number): void {
    if (this.#answered) {
      this.#waiting.push(index);
      return;
    }
    this.#movesToFront ||= this.#turns.length > 0;
    if (this.#front.length === 0) this.#frontRole = role;
    this.#front.push(index);
  }

  #addWaiting(): void {
    if (this.#waiting.length === 0) return;
    this.#join({ role: 'user', members: this.#waiting, name: null, authored: false, isShared: false });
    this.#sendsAsUser = true;
    this.#waiting = [];
  }

  /** The words of different authors get their names, once they are in one turn (wire case 88). */
  #join(turn: OpenTurn): void {
    const last = this.#turns.at(-1);
    const joins = turn.role === 'user' || turn.role === 'assistant';
    if (last === undefined || !joins || last.role !== turn.role) {
      this.#turns.push(turn);
      return;
    }
    if (last.authored && turn.authored && last.name !== turn.name) {
      last.isShared = true;
      this.#namesAuthors = true;
    }
    for (const member of turn.members) last.members.push(member);
    if (!last.authored) last.name = turn.name;
    last.authored ||= turn.authored;
  }
}
