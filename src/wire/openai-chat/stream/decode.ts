import type { ChatUsage } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { StreamDecoder } from '../../codec.ts';
import { WireFault } from '../../exchange.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { SseFields } from '../../framing/sse.ts';
import { isDone, parseChunk } from './chunk-error.ts';
import { choicesOf, hasFinished } from './chunk.ts';
import { fittingFinish, readFinishReason } from '../finish-reason.ts';
import { contentText, hitSequence, reasoningText } from '../message-text.ts';
import { callIdFor, GrowingCalls, isComplete, type GrowingCall } from './tool-deltas.ts';
import { readChatUsage } from '../usage.ts';

const NOTHING: readonly StreamEvent[] = [];

/**
 * Reads a stream of OpenAI's chat wire (wire-formats 2.3), of whichever server. The finish waits for the end of the
 * stream, since usage may follow the finish reason (wire case 46). Of several choices the first is read.
 */
export class OpenAiStreamDecoder implements StreamDecoder {
  readonly #calls = new GrowingCalls();
  /** The place of the first call that has not ended; while it has begun, no other part may begin. */
  #cursor = 0;
  #cursorStarted = false;
  /** Text and thinking that came while a call was open, which follow when it has ended. */
  #deferred: StreamEvent[] | null = null;
  #events: StreamEvent[] = [];
  #started = false;
  #finished = false;
  #id: string | null = null;
  #model: string | null = null;
  #created: unknown = null;
  #usage: ChatUsage | null = null;
  #finishWord: string | null = null;
  #stopSequence: string | null = null;

  read(fields: SseFields): readonly StreamEvent[] {
    const { data } = fields;
    if (this.#finished || data === null) return NOTHING;
    if (isDone(data)) {
      if (this.#finishWord !== null) return this.#finish(this.#finishWord);
      throw new WireFault('cut', 'the stream ended with [DONE] but without a finish reason');
    }
    const chunk = parseChunk(fields, data);
    this.#id ??= filledString(chunk['id']);
    this.#model ??= filledString(chunk['model']);
    if (chunk['usage'] !== undefined || chunk['x_groq'] !== undefined || chunk['timings'] !== undefined) {
      this.#usage = readChatUsage(chunk) ?? this.#usage;
    }
    const choice = firstChoice(chunk);
    if (choice === null) return NOTHING;
    if (!this.#started) this.#start(chunk);
    this.#takeChoice(choice);
    return this.#take();
  }

  /** Without its end mark a stream that has told its finish reason is whole all the same (wire case 4). */
  end(): readonly StreamEvent[] {
    return this.#finishWord === null || this.#finished ? NOTHING : this.#finish(this.#finishWord);
  }

  /** Azure's first chunk, with its empty choices, has not come here: it tells neither id nor model (wire case 29). */
  #start(chunk: JsonObject): void {
    this.#started = true;
    this.#created = chunk['created'];
    this.#events.push({ type: 'reply-start', id: this.#id, model: this.#model, usage: this.#usage });
  }

  #takeChoice(choice: JsonObject): void {
    // One server's whole message in the place of a delta says the same.
    const delta = choice['delta'] ?? choice['message'];
    if (isJsonObject(delta)) this.#takeDelta(delta);
    if (hasFinished(choice)) {
      this.#finishWord = String(choice['finish_reason']);
      this.#stopSequence = hitSequence(choice);
    }
  }

  /** Thinking goes before text where one delta holds both (wire case 147). */
  #takeDelta(delta: JsonObject): void {
    const thinking = reasoningText(delta);
    if (thinking !== '') this.#pass({ type: 'thinking-delta', text: thinking });
    const text = contentText(delta['content']);
    if (text !== '') this.#pass({ type: 'text-delta', text });
    const { refusal, tool_calls: calls, function_call: older } = delta;
    if (typeof refusal === 'string' && refusal !== '') this.#pass({ type: 'refusal-delta', text: refusal });
    const known = this.#calls.list.length;
    if (Array.isArray(calls)) this.#calls.addAll(calls);
    else if (isJsonObject(older)) this.#calls.addLegacy(older);
    else return;
    // Another call has begun: the one before it is over if its arguments are whole, and else may still go on, as
    // servers may interleave them.
    if (this.#calls.list.length > known) this.#endWholeCalls(false);
    this.#passPending();
  }

  #pass(event: StreamEvent): void {
    if (this.#cursor < this.#calls.list.length && this.#deferred === null) this.#endWholeCalls(true);
    if (this.#cursor < this.#calls.list.length) (this.#deferred ??= []).push(event);
    else this.#events.push(event);
  }

  /** Ends each call whose arguments are whole, up to the first that is not; the last one only `withLast`. */
  #endWholeCalls(withLast: boolean): void {
    const { list } = this.#calls;
    const end = withLast ? list.length : list.length - 1;
    while (this.#cursor < end) {
      const call = list[this.#cursor];
      if (call === undefined || call.name === '' || !isComplete(call)) return;
      this.#endCall(call);
    }
  }

  /** What is new of the open call goes out. It begins when its name is whole: with the first arguments (case 59). */
  #passPending(): void {
    const call = this.#calls.list[this.#cursor];
    if (call === undefined || call.name === '' || call.pending === '') return;
    if (!this.#cursorStarted) this.#startCall(call);
    this.#events.push({ type: 'tool-call-delta', arguments: call.pending });
    call.pending = '';
  }

  #startCall(call: GrowingCall): void {
    const { name } = call;
    const id = call.id === '' ? callIdFor(this.#id, this.#created, this.#cursor, name) : call.id;
    this.#events.push({ type: 'tool-call-start', id, name });
    this.#cursorStarted = true;
  }

  /** A call without arguments has empty ones (wire case 61). */
  #endCall(call: GrowingCall): void {
    if (call.arguments.trim() === '') call.pending = '{}';
    this.#passPending();
    this.#events.push({ type: 'tool-call-end' });
    this.#cursor += 1;
    this.#cursorStarted = false;
  }

  #finish(word: string): readonly StreamEvent[] {
    this.#finished = true;
    const { list } = this.#calls;
    for (let call = list[this.#cursor]; call !== undefined; call = list[this.#cursor]) {
      if (call.name === '') throw new WireFault('malformed', 'the stream holds a tool call without a name');
      this.#endCall(call);
    }
    if (this.#deferred !== null) this.#events.push(...this.#deferred);
    this.#events.push({
      type: 'reply-finish',
      reason: fittingFinish(readFinishReason(word), list.length > 0),
      stopSequence: this.#stopSequence,
      usage: this.#usage,
    });
    return this.#take();
  }

  #take(): readonly StreamEvent[] {
    const events = this.#events;
    if (events.length === 0) return NOTHING;
    this.#events = [];
    return events;
  }
}

/** The choice that counts: number 0, or the first that has no number. */
function firstChoice(chunk: JsonObject): JsonObject | null {
  const choices = choicesOf(chunk);
  for (let position = 0; position < choices.length; position += 1) {
    const choice = choices[position];
    if (isJsonObject(choice) && (choice['index'] ?? position) === 0) return choice;
  }
  return null;
}
