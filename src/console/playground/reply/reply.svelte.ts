import { coalesced } from '../../state/coalesced.ts';
import type { ChatBody, Message, ToolCall } from '../chat.ts';
import { decoded, replyHead, type ReplyHead } from './reply-head.ts';
import { ReplyParts, type Usage } from './reply-parts.ts';
import { ChatProblem, sendChat } from './send.ts';

/** Comment by which the gateway names a target that it found after it had sent the headers. */
const TARGET_COMMENT = 'laneway-target ';

/** Replies that arrive within this many milliseconds after their first token were sent at once: they have no speed. */
const SPEED_FROM_MS = 20;

/** How long a reply took; milliseconds, null: unknown. */
export interface Figures {
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
  readonly usage: Usage | null;
  /** Output tokens by the time from the first one to the end, as the page of a request has it. */
  readonly tokensPerSecond: number | null;
}

/** A request and its reply as it arrives. What is shown changes once a frame, however many chunks come. */
export class Reply {
  state = $state<'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'>('waiting');
  content = $state.raw<readonly string[]>([]);
  reasoning = $state.raw<readonly string[]>([]);
  calls = $state.raw<readonly ToolCall[]>([]);
  head = $state.raw<ReplyHead | null>(null);
  problem = $state.raw<ChatProblem | null>(null);
  /** null: it has not ended. */
  figures = $state.raw<Figures | null>(null);
  /** Why the model ended; null: unknown. */
  finish = $state<string | null>(null);
  /** The message by which the next request repeats it; null: nothing is repeated. */
  answer: Message | null = null;
  /** Milliseconds since 1970. */
  readonly sentAt = Date.now();
  readonly #parts = new ReplyParts();
  readonly #abort = new AbortController();
  #firstAt: number | null = null;

  /** It has ended, in whichever way. */
  get isOver(): boolean {
    return this.state !== 'waiting' && this.state !== 'streaming';
  }

  /** The text of the reply. */
  get text(): string {
    return this.#parts.content.text;
  }

  /** Sends the request; resolves when the reply has ended, also by a failure, which is then `problem`. */
  async run(body: ChatBody, key: string): Promise<void> {
    const startedAt = performance.now();
    const { signal } = this.#abort;
    const sink = {
      onHead: (headers: Headers) => (this.head = replyHead(headers)),
      onChunk: (chunk: unknown) => {
        this.#onChunk(chunk);
      },
      onComment: (text: string) => {
        this.#onComment(text);
      },
    };
    try {
      await sendChat(body, { key, signal }, sink);
      this.#end('done', startedAt, body.stream);
    } catch (error) {
      if (!signal.aborted && !(error instanceof ChatProblem)) throw error;
      if (error instanceof ChatProblem) this.problem = error;
      this.#end(signal.aborted ? 'stopped' : 'failed', startedAt, body.stream);
    }
  }

  /** Closes the connection; the gateway then stops the model. */
  stop(): void {
    this.#abort.abort();
  }

  #onChunk(chunk: unknown): void {
    if (this.#parts.add(chunk)) this.#firstAt ??= performance.now();
    void this.#showSoon();
  }

  #onComment(text: string): void {
    if (!text.startsWith(TARGET_COMMENT) || this.head === null) return;
    this.head = { ...this.head, target: decoded(text.slice(TARGET_COMMENT.length)) };
  }

  // A page in the background has no frames; the end is shown without one.
  readonly #showSoon = coalesced(
    () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => {
          this.#show();
          resolve();
        }),
      ),
  );

  #show(): void {
    if (this.state === 'waiting' && this.#firstAt !== null) this.state = 'streaming';
    this.content = this.#parts.content.snapshot();
    this.reasoning = this.#parts.reasoning.snapshot();
    this.calls = this.#parts.calls();
  }

  #end(state: 'done' | 'stopped' | 'failed', startedAt: number, isStream: boolean): void {
    const now = performance.now();
    const { usage, finish } = this.#parts;
    this.#show();
    this.finish = finish;
    this.answer = this.#parts.message(state === 'done');
    const firstAt = isStream ? this.#firstAt : null;
    const streamedMs = firstAt === null ? 0 : now - firstAt;
    this.figures = {
      durationMs: now - startedAt,
      firstTokenMs: firstAt === null ? null : firstAt - startedAt,
      usage,
      tokensPerSecond:
        streamedMs >= SPEED_FROM_MS && usage?.output != null ? (usage.output / streamedMs) * 1000 : null,
    };
    this.state = state;
  }
}
