import type { ChatUsage, FinishReason } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import { EventRestorer } from '../../chat/restore-events.ts';
import type { ChatNotes, StreamDecoder } from '../../codec.ts';
import { CallIds } from '../call-ids.ts';
import { finishWithCalls, readLine, type LineCall } from './normalize.ts';

const NOTHING: readonly StreamEvent[] = [];

/** Decodes a stream of Ollama: each line brings text, thinking or whole calls; the last one the end and the counts. */
export class OllamaChatStreamDecoder implements StreamDecoder {
  finished = false;
  readonly #restorer: EventRestorer;
  readonly #ids = new CallIds();
  #started = false;
  #hasCalls = false;

  constructor(notes: ChatNotes | null) {
    this.#restorer = new EventRestorer(notes);
  }

  read(data: string): readonly StreamEvent[] {
    if (this.finished) return NOTHING;
    const { model, thinking, content, calls, finish, usage } = readLine(Buffer.from(data));
    const events: StreamEvent[] = [];
    if (!this.#started) events.push({ type: 'reply-start', id: null, model, usage: null });
    this.#started = true;
    // A line may hold both (wire case 147).
    if (thinking !== '') events.push({ type: 'thinking-delta', text: thinking });
    if (content !== '') events.push({ type: 'text-delta', text: content });
    for (const call of calls) events.push(...this.#call(call));
    if (finish !== null) events.push(this.#finish(finish, usage));
    return this.#restorer.restore(events);
  }

  /** The last line has ended the stream. */
  end(): readonly StreamEvent[] {
    return NOTHING;
  }

  #call({ id, name, arguments: given }: LineCall): readonly StreamEvent[] {
    this.#hasCalls = true;
    return [
      { type: 'tool-call-start', id: this.#ids.next(id), name },
      { type: 'tool-call-delta', arguments: JSON.stringify(given) },
      { type: 'tool-call-end' },
    ];
  }

  #finish(finish: FinishReason, usage: ChatUsage | null): StreamEvent {
    this.finished = true;
    const reason = finishWithCalls(finish, this.#hasCalls);
    return { type: 'reply-finish', reason, stopSequence: null, usage };
  }
}
