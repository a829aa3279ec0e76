import type { StreamEvent } from '../../../protocol/stream-event.ts';
import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { readCallState } from '../call-state.ts';
import { newId } from '../../chat/ids.ts';
import { customArguments } from '../../chat/calls/custom-arguments.ts';

/** A call as received so far. */
interface Call {
  readonly id: string;
  name: string;
  readonly kind: 'function' | 'custom';
  arguments: string;
  /** The end of the arguments that has not been sent yet. */
  pending: string;
  /** The vendor's state that has not been sent yet. */
  state: { readonly state?: string };
}

const NOTHING: readonly StreamEvent[] = [];

/**
 * Puts the events of one reply into the order of the neutral stream: one part at a time. Servers may interleave calls
 * with each other and with text; the first open call goes out as it comes, and everything else waits until it has
 * ended.
 */
export class CallSequence {
  readonly #calls: Call[] = [];
  /** Position of the first call that has not ended. */
  #cursor = 0;
  #isCursorStarted = false;
  #deferred: StreamEvent[] | null = null;
  #events: StreamEvent[] = [];

  /** Adds an event that is not part of the content. */
  push(event: StreamEvent): void {
    this.#events.push(event);
  }

  /** Adds text or thinking. */
  pass(event: StreamEvent): void {
    if (this.#cursor < this.#calls.length && this.#deferred === null)
      this.#endCompleteCalls(this.#calls.length);
    if (this.#cursor < this.#calls.length) (this.#deferred ??= []).push(event);
    else this.#events.push(event);
  }

  /** Adds the `tool_calls` of one canonical delta. */
  take(entries: readonly JsonObject[]): void {
    const known = this.#calls.length;
    for (const entry of entries) this.#takeEntry(entry);
    // When another call begins, the previous one has ended if its arguments are complete; otherwise it may continue.
    if (this.#calls.length > known) this.#endCompleteCalls(this.#calls.length - 1);
    this.#passPending();
  }

  /** Adds the legacy `function_call` of one delta, which allows a single call (wire case 76). */
  takeLegacy(entry: JsonObject): void {
    const name = filledString(entry['name']);
    const call = this.#calls[0] ?? this.#begin(newId('call_', Math.random), '', 'function');
    call.name += name ?? '';
    append(call, filledString(entry['arguments']) ?? '');
    this.#passPending();
  }

  /** Ends every call and adds what waited for that. */
  end(): void {
    while (this.#cursor < this.#calls.length) this.#endCall();
    if (this.#deferred !== null) for (const event of this.#deferred) this.#events.push(event);
    this.#deferred = null;
  }

  /** The events since the last call of this function. */
  takeEvents(): readonly StreamEvent[] {
    const events = this.#events;
    if (events.length === 0) return NOTHING;
    this.#events = [];
    return events;
  }

  #takeEntry({ index, id, function: called, custom, extra_content: extra }: JsonObject): void {
    const kind = isJsonObject(custom) ? 'custom' : 'function';
    const payload = (kind === 'custom' ? custom : called) as JsonObject;
    const name = filledString(payload['name']);
    let call = this.#calls[index as number];
    if (call === undefined) call = this.#begin(id as string, name ?? '', kind);
    else if (name !== null) call.name += name;
    if (extra !== undefined) call.state = readCallState(extra);
    const text = payload[kind === 'custom' ? 'input' : 'arguments'] as string;
    if (text !== '' && (index as number) < this.#cursor) {
      throw new WireFault('malformed', 'a tool call continues after its end');
    }
    append(call, kind === 'custom' ? customArguments.fragment(text, call.arguments === '') : text);
  }

  #begin(id: string, name: string, kind: Call['kind']): Call {
    const call: Call = { id, name, kind, arguments: '', pending: '', state: {} };
    this.#calls.push(call);
    return call;
  }

  /** Ends the calls before position `end` whose arguments are complete, up to the first that is not. */
  #endCompleteCalls(end: number): void {
    while (this.#cursor < end) {
      const call = this.#calls[this.#cursor];
      if (call === undefined || !isComplete(call)) return;
      this.#endCall();
    }
  }

  #passPending(): void {
    const call = this.#calls[this.#cursor];
    if (call === undefined || call.pending === '') return;
    if (!this.#isCursorStarted) {
      this.#events.push({ type: 'tool-call-start', id: call.id, name: call.name, ...call.state });
      call.state = {};
      this.#isCursorStarted = true;
    }
    this.#events.push({ type: 'tool-call-delta', arguments: call.pending });
    call.pending = '';
  }

  /** Empty arguments become `{}` (wire case 61). */
  #endCall(): void {
    const call = this.#calls[this.#cursor];
    if (call === undefined) return;
    if (call.kind === 'custom') call.pending += customArguments.end(call.arguments === '');
    else if (call.arguments.trim() === '') call.pending = '{}';
    this.#passPending();
    this.#events.push({ type: 'tool-call-end', ...call.state });
    this.#cursor += 1;
    this.#isCursorStarted = false;
  }
}

function append(call: Call, piece: string): void {
  call.arguments += piece;
  call.pending += piece;
}

/** Are the arguments complete JSON, so that nothing can follow? The text of a custom tool only ends with the stream. */
function isComplete(call: Call): boolean {
  if (call.kind === 'custom' || !call.arguments.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(call.arguments);
    return true;
  } catch {
    return false;
  }
}
