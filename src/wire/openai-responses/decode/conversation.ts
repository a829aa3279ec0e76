import type { ChatMessage, Part, ToolResultPart } from '../../../protocol/chat.ts';

interface Turn extends ChatMessage {
  readonly parts: Part[];
}

/**
 * The turns of a conversation that a client sends as a list of items. What the model said between two inputs (reasoning,
 * text and calls) is one turn, as other wires require it (wire case 187); the results of its calls are the first parts of
 * the user turn after it (cases 68, 135).
 */
export class Conversation {
  readonly turns: Turn[] = [];
  /** Ids of the calls in the last assistant turn, and its index. */
  #calls = new Set<string>();
  #lastAssistant = -1;
  /** Number of results at the beginning of a user turn. */
  readonly #results = new Map<Turn, number>();

  /** Adds system text; none if there are no parts. */
  system(parts: readonly Part[]): void {
    if (parts.length > 0) this.turns.push({ role: 'system', parts: [...parts] });
  }

  /** Adds what the user said, to the results before it if there are any. */
  user(parts: readonly Part[]): void {
    if (parts.length === 0) return;
    const last = this.turns.at(-1);
    if (last !== undefined && this.#results.has(last)) append(last.parts, parts);
    else this.turns.push({ role: 'user', parts: [...parts] });
  }

  /** Adds what the model said. */
  assistant(parts: readonly Part[]): void {
    if (parts.length === 0) return;
    const last = this.turns.at(-1);
    if (last?.role === 'assistant') append(last.parts, parts);
    else {
      this.#calls = new Set();
      this.turns.push({ role: 'assistant', parts: [...parts] });
    }
    this.#lastAssistant = this.turns.length - 1;
    for (const part of parts) if (part.type === 'tool-call') this.#calls.add(part.id);
  }

  /** Adds the result of a call. One without its call stays in its place: the upstream's wire decides about it. */
  result(part: ToolResultPart): void {
    const turn = this.#calls.has(part.callId) ? this.#turnOfResults() : this.#lastUserTurn();
    const before = this.#results.get(turn) ?? 0;
    turn.parts.splice(before, 0, part);
    this.#results.set(turn, before + 1);
  }

  /** The first user turn after the last assistant turn, wherever the result itself is (wire case 68). */
  #turnOfResults(): Turn {
    const at = this.#lastAssistant + 1;
    const found = this.turns[at];
    if (found?.role === 'user') return found;
    const turn: Turn = { role: 'user', parts: [] };
    this.turns.splice(at, 0, turn);
    return turn;
  }

  #lastUserTurn(): Turn {
    const last = this.turns.at(-1);
    if (last?.role === 'user') return last;
    const turn: Turn = { role: 'user', parts: [] };
    this.turns.push(turn);
    return turn;
  }
}

/** Not `push(...)`: a turn can hold more parts than the call stack allows as arguments. */
function append(list: Part[], more: readonly Part[]): void {
  for (const part of more) list.push(part);
}
