import { isSystemRole } from './odd-turns.ts';

/** What the plan needs to know about a message. */
export interface TurnHead {
  /** null: none, or not a string. */
  readonly role: string | null;
  /** The author; null: none. */
  readonly name: string | null;
}

/** One outgoing turn: the messages of the client that it consists of, by index, in order. */
export interface PlannedTurn {
  readonly role: string | null;
  readonly members: readonly number[];
}

/** The turns that go out, and what happens to system text. */
export interface TurnPlan {
  readonly turns: readonly PlannedTurn[];
  /** System text moves before turns that preceded it. */
  readonly movesToFront: boolean;
  /** System text becomes a part of a user turn. */
  readonly sendsAsUser: boolean;
}

interface OpenTurn extends PlannedTurn {
  readonly members: number[];
  name: string | null;
  /** Some member is a message of this role, not just system text, which has no author. */
  authored: boolean;
}

/**
 * Orders turns for chat templates that take system text only at the beginning, and no two turns of one role in a row
 * (wire case 84). System text from before the first answer joins the first system turn. Later system text
 * changes what was agreed so far: at the front it would apply to answers that are already given, and each such turn
 * would change the prefix that the server has cached. So it stays in its place, as a part of the user turn there; between
 * a call and its results it waits for the last result.
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

  add({ role, name }: TurnHead, index: number): void {
    if (isSystemRole(role)) {
      this.#addSystem(role, index);
      return;
    }
    if (role !== 'tool' && role !== 'function') this.#addWaiting();
    if (role === 'assistant') this.#answered = true;
    this.#join({ role, members: [index], name, authored: true });
  }

  end(): TurnPlan {
    this.#addWaiting();
    const front: PlannedTurn[] =
      this.#front.length === 0 ? [] : [{ role: this.#frontRole, members: this.#front }];
    return {
      turns: [...front, ...this.#turns],
      movesToFront: this.#movesToFront,
      sendsAsUser: this.#sendsAsUser,
    };
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
    this.#join({ role: 'user', members: this.#waiting, name: null, authored: false });
    this.#sendsAsUser = true;
    this.#waiting = [];
  }

  /** Turns of different authors are never joined. */
  #join(turn: OpenTurn): void {
    const last = this.#turns.at(-1);
    const joins = turn.role === 'user' || turn.role === 'assistant';
    if (last === undefined || !joins || last.role !== turn.role || haveTwoAuthors(last, turn)) {
      this.#turns.push(turn);
      return;
    }
    for (const member of turn.members) last.members.push(member);
    last.name ??= turn.name;
    last.authored ||= turn.authored;
  }
}

function haveTwoAuthors(one: OpenTurn, other: OpenTurn): boolean {
  return one.authored && other.authored && one.name !== other.name;
}
