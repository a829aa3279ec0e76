import { saysError } from '../../error-body.ts';
import { WireFault } from '../../fault.ts';
import { parseExact } from '../../json/exact.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { errorFault } from '../../stream-fault.ts';
import { MessagesUsage } from '../usage.ts';
import { Blocks } from './blocks.ts';

/** Takes the canonical events of a stream. */
export interface EventSink {
  /** `isOwn`: the upstream wrote the event so, under its name, and its bytes may go out. */
  onEvent(event: JsonObject, isOwn: boolean): void;
}

/** The empty block that a delta implies where its server never started one. */
const IMPLIED: Readonly<Record<string, JsonObject>> = {
  text_delta: { type: 'text', text: '' },
  thinking_delta: { type: 'thinking', thinking: '', signature: '' },
};

/**
 * Turns what servers of the Messages wire really send into canonical events: what guard, decoder and assembler read.
 * One `message_start` and first (wire case 114); blocks numbered 0, 1, 2, … each started and stopped once (128, 129);
 * calls with a name, an id and an input; a stop reason, then one `message_stop` and nothing after it (131). Text and
 * thinking of a block that is not open go on in a block of their own, so that nothing is lost. Events, blocks and deltas
 * of unknown types pass (120). Throws a `WireFault`: `error_event`, `malformed`, `cut`.
 */
export class EventNormalizer {
  /** The counts so far. */
  readonly usage = new MessagesUsage();
  /** Signatures of the blocks that have ended, and the data of redacted ones. */
  readonly signatures: string[] = [];
  readonly #blocks = new Blocks();
  #started = false;
  #id: string | null = null;
  #stopReason: string | null = null;
  #calls = 0;
  /** The upstream's index of an open block that only its deltas imply. */
  #implied: unknown = null;

  /** Has the stop reason come, so that the reply is whole whatever follows? */
  get finished(): boolean {
    return this.#stopReason !== null;
  }

  /** May a delta of this block pass without being read? */
  isPlain(index: number): boolean {
    return !this.finished && this.#blocks.isPlain(index);
  }

  /** Reads the data of one event; `name` is what stands in its `event:` field. */
  read(data: string, name: string | null, sink: EventSink): void {
    if (data.trim() === '[DONE]') {
      this.#stop(STOP, false, sink);
      return;
    }
    const event = parseEvent(data);
    if (saysError(event)) throw errorFault(Buffer.from(data));
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

  /** Ends a finished stream whose own end mark did not come. */
  end(sink: EventSink): void {
    this.#stop(STOP, false, sink);
  }

  /** A second start of the same message is ignored, one of another means two streams in one. */
  #start(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    const { message } = event;
    if (!isJsonObject(message)) throw malformed('message_start holds no message');
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
    if (!isJsonObject(given)) throw malformed('content_block_start holds no block');
    const block = given['type'] === 'tool_use' ? this.#wholeCall(given) : given;
    if (block['type'] === 'redacted_thinking') this.#sign(filledString(block['data']) ?? '');
    this.#closeImplied(sink);
    // Used again before its stop: the block of that number ends here.
    if (this.#blocks.isOpen(event['index'])) this.#closeBlock(event['index'], sink);
    const index = this.#blocks.start(event['index'], filledString(block['signature']) ?? '');
    if (block === given && event['index'] === index) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, index, content_block: block }, false);
  }

  /** Clients need an id (wire case 77) and an input; some servers leave them out. */
  #wholeCall(block: JsonObject): JsonObject {
    if (filledString(block['name']) === null) throw malformed('a tool call of the reply has no name');
    const place = this.#calls;
    this.#calls += 1;
    const id = filledString(block['id']);
    if (id !== null && isJsonObject(block['input'])) return block;
    return { ...block, id: id ?? `toolu_${this.#id ?? ''}_${place}`, input: block['input'] ?? {} };
  }

  #delta(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    this.#requireOpen();
    const { delta } = event;
    const index = this.#blocks.indexOf(event['index']);
    if (index === null) {
      if (isJsonObject(delta)) this.#strayDelta(event, delta, sink);
      return;
    }
    if (isJsonObject(delta) && delta['type'] === 'signature_delta') {
      this.#blocks.sign(event['index'], filledString(delta['signature']) ?? '');
    }
    if (event['index'] === index) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, index }, false);
  }

  /** A delta of a block that was never started, or has been stopped. Notes on a block say nothing without it. */
  #strayDelta(event: JsonObject, delta: JsonObject, sink: EventSink): void {
    const block = IMPLIED[String(delta['type'])];
    if (delta['type'] === 'input_json_delta') throw malformed('arguments of a call that is not open');
    if (block === undefined) return;
    if (filledString(delta['text']) === null && filledString(delta['thinking']) === null) return;
    this.#closeImplied(sink);
    const index = this.#blocks.start(event['index'], '');
    this.#implied = event['index'];
    sink.onEvent({ type: 'content_block_start', index, content_block: block }, false);
    sink.onEvent({ ...event, index }, false);
  }

  #stopBlock(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    const index = this.#blocks.indexOf(event['index']);
    if (index === null) return;
    this.#sign(this.#blocks.stop(event['index']));
    if (event['index'] === index) sink.onEvent(event, isNamed);
    else sink.onEvent({ ...event, index }, false);
  }

  #messageDelta(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    if (!this.#started) throw withoutStart();
    this.usage.read(event['usage']);
    const { delta } = event;
    const reason = isJsonObject(delta) ? filledString(delta['stop_reason']) : null;
    if (reason !== null) {
      this.#stopReason = reason;
      this.#closeBlocks(sink);
    }
    sink.onEvent(event, isNamed);
  }

  #stop(event: JsonObject, isNamed: boolean, sink: EventSink): void {
    if (!this.finished) throw new WireFault('cut', 'the stream stopped without a stop reason');
    this.#closeBlocks(sink);
    sink.onEvent(event, isNamed);
  }

  #closeImplied(sink: EventSink): void {
    if (this.#implied !== null && this.#blocks.isOpen(this.#implied)) this.#closeBlock(this.#implied, sink);
    this.#implied = null;
  }

  #closeBlock(upstreamIndex: unknown, sink: EventSink): void {
    const index = this.#blocks.indexOf(upstreamIndex);
    this.#sign(this.#blocks.stop(upstreamIndex));
    sink.onEvent({ type: 'content_block_stop', index }, false);
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

  /** Blocks stand between the message's start and its stop reason; what comes after it is garbage. */
  #requireOpen(): void {
    if (!this.#started) throw withoutStart();
    if (this.finished) throw malformed('content after the stop reason');
  }
}

const STOP: JsonObject = { type: 'message_stop' };

/** The object that one event holds. Numbers are kept as written where a call's input may stand in it (wire case 99). */
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
