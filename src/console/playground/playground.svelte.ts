import type { RequestTrace } from '../api/types.ts';
import { partsOf, userMessage, type ChatBody, type Message, type RequestOptions } from './chat.ts';
import { Column, DEFAULT_TARGET, type Turn } from './column.svelte.ts';
import { key } from './key.svelte.ts';
import { Settings, type SettingsText } from './settings.svelte.ts';

/** So many requests of this tab can be replayed with their prompt. */
const REMEMBERED_MAX = 50;

interface Sent {
  readonly settings: SettingsText;
  readonly before: readonly Turn[];
  readonly input: readonly Message[];
}

interface Cleared {
  readonly columns: readonly Column[];
  readonly replayed: Replayed | null;
}

/** What was taken over from an earlier request. */
export interface Replayed {
  readonly trace: RequestTrace;
  /** Its prompt was still in memory. */
  readonly hasPrompt: boolean;
}

/** The playground: conversations, draft and settings, in the memory of this page until it is closed. */
class Playground {
  columns = $state.raw<readonly Column[]>([new Column()]);
  text = $state('');
  /** Data URLs. */
  images = $state.raw<readonly string[]>([]);
  replayed = $state.raw<Replayed | null>(null);
  readonly settings = new Settings();
  readonly busy = $derived(this.columns.some((column) => column.busy));
  readonly needsKey = $derived(this.columns.some((column) => column.needsKey));
  readonly isEmpty = $derived(this.columns.every(({ turns }) => turns.length === 0));
  /** Calls wait for their results. */
  readonly hasPending = $derived(this.columns.some(({ pendingTurn }) => pendingTurn !== null));
  /** Why the draft cannot be sent; null: it can. */
  readonly obstacle = $derived.by(() => {
    if (this.hasPending) return 'Answer the tool calls above first, or clear the conversation.';
    if (this.text.trim() === '' && this.images.length === 0) return 'Type a prompt first.';
    return this.settings.problem;
  });
  /** What was asked for last in vain; typing ends it. */
  refused = $state<'draft' | 'rest' | null>(null);
  /** Why; null: nothing was, or the reason has been mended. */
  readonly refusal = $derived.by(() => {
    if (this.refused === null) return null;
    return this.refused === 'draft' ? this.obstacle : this.settings.problem;
  });
  /** The conversations that were cleared last, until the next request; null: none. */
  #cleared = $state.raw<Cleared | null>(null);
  readonly canUndoClear = $derived(this.isEmpty && this.#cleared !== null);
  /** The second conversation while only one is shown. */
  #hidden: Column | null = null;
  readonly #sent = new Map<string, Sent>();

  /** The message that the draft makes; null: the draft is empty. */
  draft(): Message | null {
    const isEmpty = this.text.trim() === '' && this.images.length === 0;
    return isEmpty ? null : userMessage(this.text, this.images);
  }

  /** The request that a column would send now; without a draft the last one that it has sent. */
  current(column: Column): ChatBody {
    const options = this.settings.options();
    const draft = this.draft();
    const last = column.turns.at(-1);
    if (column.pendingTurn !== null) return column.body(options, column.toolMessages());
    if (draft !== null) return column.body(options, [draft]);
    if (last !== undefined) return column.body(options, last.input, column.turns.slice(0, -1));
    return column.body(options, [userMessage('Hello', [])]);
  }

  /** Sends the draft to all columns at the same time. */
  send(): void {
    const message = this.draft();
    if (this.busy) return;
    this.refused = this.obstacle === null ? null : 'draft';
    if (this.obstacle !== null || message === null) return;
    this.text = '';
    this.images = [];
    this.#cleared = null;
    for (const column of this.columns) this.#watch(column, (options) => column.send(options, [message]));
  }

  /** Sends the typed results of the pending calls. */
  answerCalls(column: Column): void {
    if (column.busy || this.refusesSettings()) return;
    this.#watch(column, (options) => column.send(options, column.toolMessages()));
  }

  /** Sends a column's last turn again. */
  retry(column: Column): void {
    if (this.refusesSettings()) return;
    this.#watch(column, (options) => column.retry(options));
  }

  /** Takes a key, and sends again what was refused without it. */
  useKey(value: string): void {
    key.value = value;
    for (const column of this.columns) if (column.needsKey) this.retry(column);
  }

  /** Ends all replies that are on their way. */
  stop(): void {
    for (const column of this.columns) column.stop();
  }

  /** Begins new conversations with the same targets; the draft stays. */
  clear(): void {
    if (this.isEmpty) return;
    this.stop();
    this.#cleared = { columns: this.columns, replayed: this.replayed };
    this.columns = this.columns.map(({ target }) => new Column(target));
    this.#hidden = null;
    this.replayed = null;
  }

  /** Shows again what was cleared. */
  undoClear(): void {
    if (!this.canUndoClear || this.#cleared === null) return;
    ({ columns: this.columns, replayed: this.replayed } = this.#cleared);
    this.#cleared = null;
  }

  /** Shows a second column, or hides it: it comes back with its conversation. */
  compare(isOn: boolean): void {
    const [first = new Column(), second = null] = this.columns;
    if (isOn) this.columns = [first, this.#hidden ?? new Column()];
    else {
      second?.stop();
      this.#hidden = second;
      this.columns = [first];
    }
  }

  /** Takes over what is known of an earlier request: all of it if this tab has sent it, else its target. */
  replay(trace: RequestTrace): void {
    this.stop();
    const column = new Column(targetOf(trace));
    this.columns = [column];
    this.#cleared = null;
    this.#hidden = null;
    const sent = this.#sent.get(trace.id);
    this.replayed = { trace, hasPrompt: sent !== undefined };
    this.settings.stream = trace.stream;
    if (sent === undefined) return;
    this.settings.restore(sent.settings);
    column.turns = sent.before;
    for (const message of sent.input) {
      if (message.role === 'tool') column.results[message.tool_call_id] = message.content;
      if (message.role === 'user') ({ text: this.text, images: this.images } = partsOf(message));
    }
  }

  /** Whether something is wrong with the settings, which is then shown. */
  refusesSettings(): boolean {
    this.refused = this.settings.problem === null ? null : 'rest';
    return this.refused !== null;
  }

  /** Sends by `start`, and remembers what was sent under the id of the request. */
  #watch(column: Column, start: (options: RequestOptions) => Promise<Turn | null>): void {
    const settings = this.settings.text();
    void start(this.settings.options()).then((turn) => {
      const id = turn?.reply.head?.requestId ?? null;
      if (turn === null || id === null) return;
      const at = column.turns.indexOf(turn);
      // Sent again meanwhile: that one is remembered.
      if (at < 0) return;
      this.#sent.set(id, { settings, before: column.turns.slice(0, at), input: turn.input });
      const [oldest] = this.#sent.keys();
      if (this.#sent.size > REMEMBERED_MAX && oldest !== undefined) this.#sent.delete(oldest);
    });
  }
}

/** How a request names the same target. */
function targetOf({ requested }: RequestTrace): string {
  return requested === '' ? DEFAULT_TARGET : requested;
}

/** The one playground of the tab. */
export const playground = new Playground();
