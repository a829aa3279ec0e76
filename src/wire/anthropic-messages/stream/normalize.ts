import { reportsError } from '../../upstream-error-body.ts';
import { WireFault } from '../../fault.ts';
import { parseExact } from '../../json/exact.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { errorFault } from '../../stream/stream-fault.ts';
import { CallIds } from '../call-ids.ts';
import { completeBlock, EMPTY_BLOCKS } from '../complete-block.ts';
import { matchingReason } from '../finish-reason.ts';
import { MessagesUsage } from '../usage.ts';
import { Blocks, type BlockKey, type OpenBlock } from './blocks.ts';
import { isPlainDelta } from './plain-delta.ts';

/** Receives the canonical events of a stream. */
export interface EventSink {
  /** `isOwn`: the upstream sent the event in this form and with its `event:` name, so its bytes may be forwarded. */
  onEvent(event: JsonObject, isOwn: boolean): void;
}

/** The block type that each known delta type belongs to. */
const DELTA_BLOCKS: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'thinking',
  input_json_delta: 'tool_use',
};

/**
 * Normalizes what servers of the Messages wire actually send to canonical events, which guard, decoder and assembler
 * read: exactly one `message_start`, at the beginning (wire case 114); blocks with indexes 0, 1, 2, …, each started
 * and stopped once (128, 129); calls with a name, an id and an input; one stop reason that matches the calls (62, 63),
 * then one `message_stop` and nothing after it (131). Text and thinking for a block that is not open or of another
 * type get a new block, so that nothing is lost. Events, blocks and deltas of unknown types pass (120). Throws a
 * `WireFault`: `error_event`, `malformed`, `cut`.
 */
export class EventNormalizer {
  /** The counts so far. */
  readonly usage = new MessagesUsage();
  /** Signatures of the stopped thinking blocks, and the data of redacted ones. */
  readonly signatures: string[] = [];
  readonly #blocks = new Blocks();
  #started = false;
  #id: string | null = null;
  readonly #callIds = new CallIds();
  /** The delta that contained the stop reason. */
  #end: JsonObject | null = null;
  /** The key of the open block that was started here, without a start event of the upstream. */
  #implied: BlockKey | null = null;

  /** Has the stop reason arrived, so that the reply is complete whatever follows? */
  get finished(): boolean {
    return this.#end !== null;
  }

  /** May the event in `buffer` from `start` to `end` pass without being parsed? */
  isPlain(buffer: Buffer, start: number, end: number): boolean {
    const head = this.#blocks.plainHead;
    return head !== null && isPlainDelta(head, buffer, start, end);
  }

  /** Reads the data of one event; `name` is its `event:` field. */
  read(data: string, name: string | null, sink: EventSink): void {
    if (data.trim() === '[DONE]') {
      this.#stop(STOP, false, sink);
      return;
    }
    const event = parseEvent(data);
    if (reportsError(event)) throw errorFault(Buffer.from(data));
    const isNamed = name === event['type'];
    switch (event['type']) {
      case 'message_start':
        this.#start(event, isNamed, sink);
        return;
      case 'content_block_start':
        this.#startBlock(event, isNamed, sink);
        return;
      case 'content_block_delta':
        this.#delta(event, isNamed, sink);
        return;
      case 'content_block_stop':
        this.#stopBlock(event, isNamed, sink);
        return;
      case 'message_delta':
        this.#messageDelta(event, isNamed, sink);
        return;
      case 'message_stop':
        this.#stop(event, isNamed, sink);
        return;
      default:
        sink.onEvent(event, isNamed);
    }
  }

  /** Ends a finished stream that has no end mark. */
  end(sink: EventSink): void {
    this.#stop(STOP, false, sink);
  }

  /** A second start of the same message is ignored; the start of another message is a fault. */
  #start(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    const { message } = event;
    if (!isJsonObject(message)) throw malformed('message_start has no message');
    const id = filledString(message['id']);
    if (this.#started) {
      if (id === this.#id) return;
      throw malformed('a second message began inside the stream');
    }
    this.#started = true;
    this.#id = id;
    this.usage.read(message['usage']);
    sink.onEvent(event, isNamed);
  }

  #startBlock(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    this.#requireOpen();
    const given = event['content_block'];
    if (!isJsonObject(given)) throw malformed('content_block_start has no block');
    const block = this.#completeBlock(given);
    if (block['type'] === 'redacted_thinking') this.#sign(filledString(block['data']) ?? '');
    this.#closeImplied(sink);
    const key = this.#blocks.newKeyOf(event['index']);
    // If the index is used again before its stop, the earlier block ends here.
    this.#closeBlock(key, sink);
    const { index } = this.#blocks.start(key, block['type'], filledString(block['signature']) ?? '');
    if (block === given && event['index'] === index) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, index, content_block: block }, false);
  }

  /** Adds keys that clients require and some servers omit, including a unique id for a call (wire case 77). */
  #completeBlock(block: JsonObject): JsonObject {
    const whole = completeBlock(block);
    if (block['type'] !== 'tool_use') return whole;
    if (filledString(block['name']) === null) throw malformed('a tool call of the reply has no name');
    const id = this.#callIds.next(block['id'], this.#id);
    return block['id'] === id ? whole : { ...whole, id };
  }

  #delta(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    this.#requireOpen();
    const { delta } = event;
    if (!isJsonObject(delta)) return;
    const key = this.#blocks.keyOf(event['index']);
    const block = this.#blocks.get(key);
    if (block === undefined || !fits(delta, block)) {
      this.#strayDelta(event, delta, key, sink);
      return;
    }
    if (delta['type'] === 'signature_delta') block.signature = filledString(delta['signature']) ?? '';
    if (event['index'] === block.index) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, index: block.index }, false);
  }

  /** A delta that belongs to no open block. Metadata of a block, such as its signature, is dropped. */
  #strayDelta(event: JsonObject, delta: JsonObject, key: BlockKey, sink: EventSink): void {
    const type = DELTA_BLOCKS[String(delta['type'])];
    if (type === 'tool_use') throw malformed('arguments of a call that is not open');
    if (filledString(delta['text']) === null && filledString(delta['thinking']) === null) return;
    if (type === undefined) return;
    const { index } = this.#impliedBlock(`${key} ${type}`, type, sink);
    sink.onEvent({ ...event, index }, false);
  }

  #impliedBlock(key: BlockKey, type: string, sink: EventSink): OpenBlock {
    const open = this.#blocks.get(key);
    if (open !== undefined) return open;
    this.#closeImplied(sink);
    const block = this.#blocks.start(key, type, '');
    this.#implied = key;
    sink.onEvent(
      { type: 'content_block_start', index: block.index, content_block: EMPTY_BLOCKS[type] },
      false,
    );
    return block;
  }

  #stopBlock(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    const key = this.#blocks.keyOf(event['index']);
    const block = this.#blocks.get(key);
    if (block === undefined) return;
    this.#blocks.stop(key);
    this.#sign(block.signature);
    if (event['index'] === block.index) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, index: block.index }, false);
  }

  #messageDelta(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    if (!this.#started) throw withoutStart();
    this.usage.read(event['usage']);
    const delta = isJsonObject(event['delta']) ? event['delta'] : {};
    const reason = filledString(delta['stop_reason']);
    const end = this.#end;
    if (end !== null) {
      // Clients use the last stop reason, even if it is null.
      const added = reason === null ? delta : {};
      sink.onEvent({ ...event, delta: { ...added, ...end } }, false);
      return;
    }
    const matching = reason === null ? null : matchingReason(reason, this.#callIds.count > 0);
    const canonical = { stop_sequence: null, ...delta, stop_reason: matching };
    if (matching !== null) {
      this.#end = canonical;
      this.#closeBlocks(sink);
    }
    if (delta['stop_reason'] === matching) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, delta: canonical }, false);
  }

  #stop(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    if (!this.finished) throw new WireFault('cut', 'ended its stream without a stop reason');
    this.#closeBlocks(sink);
    sink.onEvent(event, isNamed);
  }

  #closeImplied(sink: EventSink): void {
    if (this.#implied !== null) this.#closeBlock(this.#implied, sink);
    this.#implied = null;
  }

  #closeBlock(key: BlockKey, sink: EventSink): void {
    const block = this.#blocks.get(key);
    if (block === undefined) return;
    this.#blocks.stop(key);
    this.#sign(block.signature);
    sink.onEvent({ type: 'content_block_stop', index: block.index }, false);
  }

  #closeBlocks(sink: EventSink): void {
    for (const { index, signature } of this.#blocks.stopAll()) {
      this.#sign(signature);
      sink.onEvent({ type: 'content_block_stop', index }, false);
    }
  }

  #sign(signature: string): void {
    if (signature !== '') this.signatures.push(signature);
  }

  /** Blocks are valid only between `message_start` and the stop reason. */
  #requireOpen(): void {
    if (!this.#started) throw withoutStart();
    if (this.finished) throw malformed('content after the stop reason');
  }
}

const STOP: JsonObject = { type: 'message_stop' };

/** Does a delta belong to a block of this type? Blocks of unknown types take every delta. */
function fits(delta: JsonObject, { type }: OpenBlock): boolean {
  const blockType = DELTA_BLOCKS[String(delta['type'])];
  return blockType === undefined || blockType === type || EMPTY_BLOCKS[String(type)] === undefined;
}

/** Parses one event. Numbers keep their spelling if the event may contain a call's input (wire case 99). */
function parseEvent(data: string): JsonObject {
  let event: unknown;
  try {
    event = data.includes('"tool_use"') ? parseExact(data) : JSON.parse(data);
  } catch {
    throw malformed('an event of the stream is not JSON');
  }
  if (!isJsonObject(event) || (typeof event['type'] !== 'string' && event['error'] === undefined)) {
    throw malformed('an event of the stream has no type');
  }
  return event;
}

function withoutStart(): WireFault {
  return malformed('the stream has no message_start');
}

function malformed(message: string): WireFault {
  return new WireFault('malformed', message);
}
