import type { ChatUsage } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import { EventRestorer } from '../../chat/restore-events.ts';
import type { ChatNotes, StreamDecoder } from '../../codec.ts';
import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { hitSequence, readFinishReason } from '../finish-reason.ts';
import { normalizeChunk } from '../normalize/rules.ts';
import { StreamState } from '../normalize/state.ts';
import { readChatUsage } from '../usage.ts';
import { CallSequence } from './call-sequence.ts';
import { doneTooSoon, isDone, readChunk } from './read-chunk.ts';

const NOTHING: readonly StreamEvent[] = [];

/**
 * Reads a stream of OpenAI's chat wire from any server. The finish event waits for the end of the stream, since usage
 * may follow the finish reason (wire case 46). Only the first choice is read.
 */
export class OpenAiStreamDecoder implements StreamDecoder {
  readonly #stream = new StreamState();
  readonly #restorer: EventRestorer;
  readonly #calls = new CallSequence();
  #started = false;
  #ended = false;
  #id: string | null = null;
  #model: string | null = null;
  #finishReason: string | null = null;
  #stopSequence: string | null = null;

  constructor(notes: ChatNotes | null = null) {
    this.#restorer = new EventRestorer(notes);
  }

  get finished(): boolean {
    return this.#stream.whole;
  }

  get #usage(): ChatUsage | null {
    return readChatUsage({ usage: this.#stream.usage });
  }

  read(data: string): readonly StreamEvent[] {
    if (this.#ended) return NOTHING;
    if (isDone(data)) {
      if (this.finished) return this.end();
      throw doneTooSoon();
    }
    const chunk = readChunk(data);
    normalizeChunk(chunk, this.#stream);
    this.#id ??= filledString(chunk['id']);
    this.#model ??= filledString(chunk['model']);
    const choice = (chunk['choices'] as readonly JsonObject[]).find(({ index }) => index === 0);
    if (choice === undefined) return NOTHING;
    this.#takeChoice(choice);
    return this.#take();
  }

  /** A stream with its finish reason is complete even without its end mark (wire case 4). */
  end(): readonly StreamEvent[] {
    if (this.#ended) return NOTHING;
    this.#ended = true;
    const finishReason = this.#finishReason;
    if (finishReason === null) throw new WireFault('cut', 'ended its stream without a finish reason');
    this.#calls.end();
    this.#calls.push({
      type: 'reply-finish',
      reason: readFinishReason(finishReason),
      stopSequence: this.#stopSequence,
      usage: this.#usage,
    });
    return this.#take();
  }

  #takeChoice(choice: JsonObject): void {
    // Azure's first chunk has empty choices and neither id nor model; it does not get here (wire case 29).
    if (!this.#started) {
      this.#calls.push({ type: 'reply-start', id: this.#id, model: this.#model, usage: this.#usage });
    }
    this.#started = true;
    this.#takeDelta(choice['delta'] as JsonObject);
    const { finish_reason: finish } = choice;
    if (finish === null) return;
    this.#finishReason = finish as string;
    this.#stopSequence = hitSequence(choice);
  }

  /** Thinking precedes text if one delta has both (wire case 147). */
  #takeDelta(delta: JsonObject): void {
    const { reasoning_content: thinking, content, refusal, tool_calls: calls, function_call: legacy } = delta;
    if (isText(thinking)) this.#calls.pass({ type: 'thinking-delta', text: thinking });
    if (isText(content)) this.#calls.pass({ type: 'text-delta', text: content });
    if (isText(refusal)) this.#calls.pass({ type: 'refusal-delta', text: refusal });
    if (Array.isArray(calls) && calls.length > 0) this.#calls.take(calls as readonly JsonObject[]);
    else if (isJsonObject(legacy)) this.#calls.takeLegacy(legacy);
  }

  #take(): readonly StreamEvent[] {
    const events = this.#calls.takeEvents();
    return this.#restorer.restore(events);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
