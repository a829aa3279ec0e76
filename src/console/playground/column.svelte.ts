import { chatBody, type ChatBody, type Message, type RequestOptions, type ToolCall } from './chat.ts';
import { key } from './key.svelte.ts';
import { Reply } from './reply/reply.svelte.ts';

/** What was asked, and the reply. */
export interface Turn {
  readonly id: number;
  /** The user's message, or the results of calls. */
  readonly input: readonly Message[];
  readonly reply: Reply;
}

/** Name of the default lane. */
export const DEFAULT_TARGET = 'auto';

let turnsMade = 0;

/** One conversation with one node, lane or model. */
export class Column {
  /** As the field `model` names it. */
  target = $state('');
  turns = $state.raw<readonly Turn[]>([]);
  /** The results that were typed for calls, by the call's id. */
  results = $state<Record<string, string>>({});
  readonly #last = $derived(this.turns.at(-1) ?? null);
  /** A reply is on its way. */
  readonly busy = $derived(this.#last !== null && !this.#last.reply.isOver);
  /** The last turn that the next request repeats; a failed one is left out. */
  readonly #kept = $derived(
    this.turns.findLast(({ reply }) => reply.isOver && reply.answer !== null) ?? null,
  );
  /** The turn whose calls are to be answered before the conversation can go on; null: none. */
  readonly pendingTurn = $derived(this.#kept !== null && callsOf(this.#kept).length > 0 ? this.#kept : null);
  /** The last request failed for want of a key. */
  readonly needsKey = $derived(this.#last?.reply.problem?.status === 401);

  constructor(target = DEFAULT_TARGET) {
    this.target = target;
  }

  /** The body of a request that goes on with `input`. */
  body(options: RequestOptions, input: readonly Message[], turns = this.turns): ChatBody {
    const sent = turns.map(({ input: asked, reply }) => ({ input: asked, answer: reply.answer }));
    return chatBody(this.target.trim(), options, sent, input);
  }

  /** Sends a message or results of calls, and resolves with the turn when the reply has ended. */
  async send(options: RequestOptions, input: readonly Message[]): Promise<Turn> {
    const body = this.body(options, input);
    turnsMade += 1;
    const turn = { id: turnsMade, input, reply: new Reply() };
    this.turns = [...this.turns, turn];
    await turn.reply.run(body, key.value);
    return turn;
  }

  /** Sends the last turn again, in place of it. */
  async retry(options: RequestOptions): Promise<Turn | null> {
    const last = this.#last;
    if (last === null || this.busy) return null;
    this.turns = this.turns.slice(0, -1);
    return this.send(options, last.input);
  }

  /** The messages that answer the pending calls; a call without a typed result gets an empty one. */
  toolMessages(): readonly Message[] {
    const calls = this.pendingTurn === null ? [] : callsOf(this.pendingTurn);
    return calls.map(({ id }) => ({
      role: 'tool',
      tool_call_id: id,
      content: this.results[id] ?? '',
    }));
  }

  /** Ends the reply that is on its way. */
  stop(): void {
    if (this.busy) this.#last?.reply.stop();
  }
}

function callsOf({ reply: { answer } }: Turn): readonly ToolCall[] {
  return answer?.role === 'assistant' ? (answer.tool_calls ?? []) : [];
}
