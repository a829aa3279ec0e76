import type { StreamEvent } from '../../../protocol/stream-event.ts';
import { EventRestorer } from '../../chat/restore-events.ts';
import type { ChatNotes, StreamDecoder } from '../../codec.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { customArguments } from '../../openai-chat/normalize/call-values.ts';
import { finishOf } from '../finish.ts';
import { BETWEEN_THOUGHTS } from '../output-parts.ts';
import { readResponsesUsage } from '../usage.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';

const NOTHING: readonly StreamEvent[] = [];
/** Items of other types are skipped. */
const NEUTRAL: ReadonlySet<unknown> = new Set(['message', 'reasoning', 'function_call', 'custom_tool_call']);

/** An item that is not whole, or waits for an earlier one. */
interface Item {
  readonly type: unknown;
  /** The part that the last text belonged to; null: there was none. */
  lastPart: string | null;
  isEmpty: boolean;
  isDone: boolean;
  /** Events that wait for earlier items. */
  readonly deferred: StreamEvent[];
}

/**
 * Decodes a stream of the Responses API. Neutral parts come one at a time, so items whose events interleave wait for
 * earlier ones.
 */
export class ResponsesStreamDecoder implements StreamDecoder, EventSink {
  readonly #normalizer = new EventNormalizer();
  readonly #restorer: EventRestorer;
  /** By place in the output, in the order of their announcement. */
  readonly #items = new Map<unknown, Item>();
  #events: StreamEvent[] = [];
  #hasCalls = false;

  constructor(notes: ChatNotes | null = null) {
    this.#restorer = new EventRestorer(notes);
  }

  get finished(): boolean {
    return this.#normalizer.finished;
  }

  read(data: string): readonly StreamEvent[] {
    this.#normalizer.read(data, null, this);
    const events = this.#events;
    if (events.length === 0) return NOTHING;
    this.#events = [];
    return this.#restorer.restore(events);
  }

  /** The last event ends the stream. */
  end(): readonly StreamEvent[] {
    return NOTHING;
  }

  onEvent(event: JsonObject): void {
    const { item, response } = event;
    switch (event['type']) {
      case 'response.created':
        this.#start(response as JsonObject);
        return;
      case 'response.output_item.added':
        if (isJsonObject(item)) this.#open(event['output_index'], item);
        return;
      case 'response.output_text.delta':
        this.#text(event, { type: 'text-delta', text: String(event['delta']) });
        return;
      case 'response.refusal.delta':
        this.#text(event, { type: 'refusal-delta', text: String(event['delta']) });
        return;
      case 'response.reasoning_summary_text.delta':
        this.#thought(event, `summary ${String(event['summary_index'])}`);
        return;
      case 'response.reasoning_text.delta':
        this.#thought(event, `content ${String(event['content_index'])}`);
        return;
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        this.#arguments(event, String(event['delta']));
        return;
      case 'response.output_item.done':
        if (isJsonObject(item)) this.#close(event['output_index'], item);
        return;
      case 'response.completed':
      case 'response.incomplete':
        this.#finish(response as JsonObject);
    }
  }

  #start(response: JsonObject): void {
    const [id, model] = [filledString(response['id']), filledString(response['model'])];
    this.#events.push({ type: 'reply-start', id, model, usage: null });
  }

  #open(place: unknown, item: JsonObject): void {
    const { type } = item;
    if (!NEUTRAL.has(type)) return;
    const opened: Item = { type, lastPart: null, isEmpty: true, isDone: false, deferred: [] };
    this.#items.set(place, opened);
    if (type !== 'function_call' && type !== 'custom_tool_call') return;
    this.#hasCalls = true;
    this.#pass(opened, {
      type: 'tool-call-start',
      id: String(item['call_id']),
      name: String(item['name']),
    });
  }

  #text(event: JsonObject, text: StreamEvent): void {
    const item = this.#items.get(event['output_index']);
    if (item !== undefined) this.#pass(item, text);
  }

  /** The parts of a reasoning are paragraphs. */
  #thought(event: JsonObject, part: string): void {
    const item = this.#items.get(event['output_index']);
    if (item === undefined) return;
    const isNext = item.lastPart !== null && item.lastPart !== part;
    const text = `${isNext ? BETWEEN_THOUGHTS : ''}${String(event['delta'])}`;
    item.lastPart = part;
    this.#pass(item, { type: 'thinking-delta', text });
  }

  #arguments(event: JsonObject, delta: string): void {
    const item = this.#items.get(event['output_index']);
    if (item === undefined) return;
    const isCustom = item.type === 'custom_tool_call';
    const text = isCustom ? customArguments.fragment(delta, item.isEmpty) : delta;
    item.isEmpty = false;
    this.#pass(item, { type: 'tool-call-delta', arguments: text });
  }

  #close(place: unknown, given: JsonObject): void {
    const item = this.#items.get(place);
    if (item === undefined) return;
    const signature = filledString(given['encrypted_content']);
    if (item.type === 'reasoning' && signature !== null)
      this.#pass(item, { type: 'thinking-signature', signature });
    if (item.type === 'custom_tool_call')
      this.#pass(item, { type: 'tool-call-delta', arguments: customArguments.end(item.isEmpty) });
    if (item.type === 'function_call' || item.type === 'custom_tool_call')
      this.#pass(item, { type: 'tool-call-end' });
    item.isDone = true;
    this.#advance();
  }

  #finish(response: JsonObject): void {
    this.#events.push({
      type: 'reply-finish',
      reason: finishOf(response, this.#hasCalls),
      stopSequence: null,
      usage: readResponsesUsage(response),
    });
  }

  #pass(item: Item, event: StreamEvent): void {
    const [first] = this.#items.values();
    (item === first ? this.#events : item.deferred).push(event);
  }

  /** Removes whole items from the front, and emits the events of the item that becomes first. */
  #advance(): void {
    for (const [place, item] of this.#items) {
      if (!item.isDone) return;
      this.#items.delete(place);
      const [next] = this.#items.values();
      for (const event of next?.deferred.splice(0) ?? []) this.#events.push(event);
    }
  }
}
