import type { StreamEvent } from '../../../protocol/stream-event.ts';
import { EventRestorer } from '../../chat/restore-events.ts';
import type { ChatNotes, StreamDecoder } from '../../codec.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { inputJson } from '../decode/reply.ts';
import { finishReason, refusalExplanation } from '../finish-reason.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';

const NOTHING: readonly StreamEvent[] = [];
/** Blocks of other types are skipped, including their deltas. */
const NEUTRAL_BLOCKS: ReadonlySet<unknown> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use']);

/** A block that is not complete yet, or waits for an earlier one. */
interface Block {
  /** The input in the start event of a call; null: not a call. */
  readonly input: string | null;
  /** A piece of the input has arrived. */
  isFilled: boolean;
  signature: string | null;
  isStopped: boolean;
  /** Events that wait for earlier blocks. */
  readonly deferred: StreamEvent[];
}

/**
 * Decodes a Messages stream. Neutral parts are strictly sequential, so blocks with interleaved deltas wait for earlier
 * ones. Blocks and deltas without a neutral counterpart are skipped (wire case 120).
 */
export class MessagesStreamDecoder implements StreamDecoder, EventSink {
  readonly #normalizer = new EventNormalizer();
  readonly #restorer: EventRestorer;
  /** Open or waiting blocks, in the order of their start events. */
  readonly #blocks = new Map<unknown, Block>();
  #events: StreamEvent[] = [];
  #hasCalls = false;
  #ended = false;
  #stopReason = '';
  #stopSequence: string | null = null;
  #refusal: string | null = null;

  constructor(notes: ChatNotes | null = null) {
    this.#restorer = new EventRestorer(notes);
  }

  get finished(): boolean {
    return this.#normalizer.finished;
  }

  read(data: string): readonly StreamEvent[] {
    if (this.#ended) return NOTHING;
    this.#normalizer.read(data, null, this);
    return this.#takeEvents();
  }

  /** A stream with a stop reason is complete even without `message_stop`. */
  end(): readonly StreamEvent[] {
    if (this.#ended) return NOTHING;
    this.#normalizer.end(this);
    return this.#takeEvents();
  }

  onEvent(event: JsonObject): void {
    const { index } = event;
    switch (event['type']) {
      case 'message_start':
        this.#start(event['message'] as JsonObject);
        return;
      case 'content_block_start':
        this.#startBlock(index, event['content_block'] as JsonObject);
        return;
      case 'content_block_delta':
        if (isJsonObject(event['delta'])) this.#delta(index, event['delta']);
        return;
      case 'content_block_stop':
        this.#stopBlock(index);
        return;
      case 'message_delta':
        if (isJsonObject(event['delta'])) this.#messageDelta(event['delta']);
        return;
      case 'message_stop':
        this.#finish();
    }
  }

  #start(message: JsonObject): void {
    const [id, model] = [filledString(message['id']), filledString(message['model'])];
    this.#events.push({ type: 'reply-start', id, model, usage: this.#normalizer.usage.total });
  }

  #startBlock(index: unknown, start: JsonObject): void {
    const isCall = start['type'] === 'tool_use';
    const block: Block = {
      // Some servers send the whole input here, and no deltas.
      input: isCall ? inputJson(start['input']) : null,
      isFilled: false,
      signature: start['type'] === 'thinking' ? filledString(start['signature']) : null,
      isStopped: false,
      deferred: [],
    };
    if (NEUTRAL_BLOCKS.has(start['type'])) this.#blocks.set(index, block);
    switch (start['type']) {
      case 'text':
        this.#passText(block, 'text-delta', start['text']);
        return;
      case 'thinking':
        this.#passText(block, 'thinking-delta', start['thinking']);
        return;
      case 'redacted_thinking': {
        const data = filledString(start['data']);
        if (data !== null) this.#pass(block, { type: 'redacted-thinking', data });
        return;
      }
      case 'tool_use':
        this.#hasCalls = true;
        this.#pass(block, { type: 'tool-call-start', id: String(start['id']), name: String(start['name']) });
    }
  }

  #delta(index: unknown, delta: JsonObject): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    switch (delta['type']) {
      case 'text_delta':
        this.#passText(block, 'text-delta', delta['text']);
        return;
      case 'thinking_delta':
        this.#passText(block, 'thinking-delta', delta['thinking']);
        return;
      case 'signature_delta':
        block.signature = filledString(delta['signature']) ?? block.signature;
        return;
      case 'input_json_delta': {
        // An empty piece is valid, and common as the first one.
        const piece = filledString(delta['partial_json']);
        if (piece === null || block.input === null) return;
        block.isFilled = true;
        this.#pass(block, { type: 'tool-call-delta', arguments: piece });
      }
    }
  }

  /** A call without input deltas uses the input of its start event (wire case 61). */
  #stopBlock(index: unknown): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    if (block.signature !== null) {
      this.#pass(block, { type: 'thinking-signature', signature: block.signature });
    }
    if (block.input !== null) {
      if (!block.isFilled) this.#pass(block, { type: 'tool-call-delta', arguments: block.input });
      this.#pass(block, { type: 'tool-call-end' });
    }
    block.isStopped = true;
    this.#advance();
  }

  #messageDelta(delta: JsonObject): void {
    this.#stopReason = filledString(delta['stop_reason']) ?? this.#stopReason;
    this.#stopSequence = filledString(delta['stop_sequence']) ?? this.#stopSequence;
    if (this.#stopReason === 'refusal') this.#refusal = refusalExplanation(delta) ?? this.#refusal;
  }

  #finish(): void {
    this.#ended = true;
    if (this.#refusal !== null) this.#events.push({ type: 'refusal-delta', text: this.#refusal });
    this.#events.push({
      type: 'reply-finish',
      reason: finishReason(this.#stopReason, this.#hasCalls),
      stopSequence: this.#stopSequence,
      usage: this.#normalizer.usage.total,
    });
  }

  #passText(block: Block, type: 'text-delta' | 'thinking-delta', value: unknown): void {
    const text = filledString(value);
    if (text !== null) this.#pass(block, { type, text });
  }

  #pass(block: Block, event: StreamEvent): void {
    const [first] = this.#blocks.values();
    (block === first ? this.#events : block.deferred).push(event);
  }

  /** Removes complete blocks from the front, and emits the events of the block that becomes first. */
  #advance(): void {
    for (const [index, block] of this.#blocks) {
      if (!block.isStopped) return;
      this.#blocks.delete(index);
      const [next] = this.#blocks.values();
      for (const event of next?.deferred.splice(0) ?? []) this.#events.push(event);
    }
  }

  #takeEvents(): readonly StreamEvent[] {
    const events = this.#events;
    if (events.length === 0) return NOTHING;
    this.#events = [];
    return this.#restorer.restore(events);
  }
}
