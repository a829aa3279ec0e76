import { saysError } from '../../error-body.ts';
import { WireFault } from '../../exchange.ts';
import { filledString, finiteNumber, isJsonObject, type JsonObject } from '../../json/value.ts';
import { Output } from '../../framing/output.ts';
import { RelayBase } from '../../stream-transform.ts';
import { readSseFields, type SseFields } from '../../framing/sse.ts';
import { errorFault, foreignFault, isCutField } from '../../stream-fault.ts';
import { Blocks } from './blocks.ts';
import { parseEvent } from './event-json.ts';
import { plainDeltaIndex } from './plain-delta.ts';
import { MessagesUsage } from '../usage.ts';

const STOP = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n');

/**
 * The guard of a Messages stream that goes to a Messages client (DESIGN section 7): holds it until its first content,
 * lets untouched events out as their own bytes, unknown ones included, and mends what makes clients stop reading or lose
 * text: a second `message_start` (wire case 114), events without a name (126), a last `message_delta` without usage
 * (127), indexes that are used twice (128), deltas and stops behind the end of their block and blocks that are never
 * stopped (129), and everything behind `message_stop` (131). A delta of a block that was never started is a fault.
 */
export class MessagesGuard extends RelayBase {
  readonly #output = new Output();
  readonly #counted = new MessagesUsage();
  readonly #blocks = new Blocks();
  readonly #estimatedInputTokens: number;
  #started = false;
  #id: string | null = null;
  #stopReason: string | null = null;

  /** `estimatedInputTokens` stand in for the usage that `message_start` must have, where the upstream tells none. */
  constructor(estimatedInputTokens: number) {
    super();
    this.#estimatedInputTokens = estimatedInputTokens;
  }

  protected takeEvent(): void {
    const { buffer, start, end, terminated } = this.splitter;
    if (this.state === 'open' && terminated && this.#blocks.isPlain(plainDeltaIndex(buffer, start, end))) {
      this.#output.addRange(buffer, start, end);
      return;
    }
    const fields = readSseFields(buffer, start, end);
    if (isCutField(fields, terminated)) return;
    try {
      if (fields.foreign !== null) throw foreignFault(buffer.subarray(start, end));
      if (fields.data !== null) this.#takeData(fields, fields.data);
      else if (this.state === 'open') this.#output.addRange(buffer, start, end);
    } catch (error) {
      if (!(error instanceof WireFault) || error.kind !== 'malformed') throw error;
      // A last event that was cut in the middle says nothing that the missing stop reason does not say; and after a
      // stop reason the answer is whole, whatever the upstream garbles then.
      if (this.#stopReason !== null) this.#complete(null);
      else if (terminated || fields.foreign !== null) throw error;
    }
    this.limitHeld(this.#output.bytes);
  }

  protected bodyEnded(): void {
    if (this.#stopReason !== null) this.#complete(null);
  }

  protected take(): Buffer | null {
    return this.#output.take();
  }

  protected discard(): void {
    this.#output.discard();
  }

  #takeData(fields: SseFields, data: string): void {
    if (fields.event === 'error') throw errorFault(Buffer.from(data));
    if (data.trim() === '[DONE]') {
      this.#stop(null);
      return;
    }
    const event = parseEvent(data);
    if (saysError(event)) throw errorFault(Buffer.from(data));
    switch (event['type']) {
      case 'message_start':
        this.#start(event, fields);
        break;
      case 'content_block_start':
        this.#blockStart(event, fields);
        break;
      case 'content_block_delta':
      case 'content_block_stop':
        this.#inBlock(event, fields);
        break;
      case 'message_delta':
        this.#messageDelta(event, fields);
        break;
      case 'message_stop':
        this.#stop(fields);
        break;
      default:
        this.#pass(event, fields);
    }
  }

  #start(event: JsonObject, fields: SseFields): void {
    const { message } = event;
    if (!isJsonObject(message)) throw new WireFault('malformed', 'message_start holds no message');
    const id = filledString(message['id']);
    if (this.#started) {
      if (id === this.#id) return;
      throw new WireFault('malformed', 'a second message began inside the stream');
    }
    this.#started = true;
    this.#id = id;
    this.model = filledString(message['model']);
    this.#count(message['usage']);
    if (isJsonObject(message['usage'])) {
      this.#pass(event, fields);
      return;
    }
    const usage = { input_tokens: Math.max(1, this.#estimatedInputTokens), output_tokens: 0 };
    this.#write({ ...event, message: { ...message, usage } });
  }

  #blockStart(event: JsonObject, fields: SseFields): void {
    this.#requireStart();
    const block = event['content_block'];
    if (!isJsonObject(block)) throw new WireFault('malformed', 'content_block_start holds no block');
    if (block['type'] === 'redacted_thinking') this.noteSignature(filledString(block['data']) ?? '');
    if (this.#blocks.isOpen(event['index'])) {
      // Used again before its stop: the client's block of that index ends here.
      this.#write({ type: 'content_block_stop', index: this.#blocks.indexOf(event['index']) });
      this.noteSignature(this.#blocks.stop(event['index']));
    }
    const index = this.#blocks.start(event['index'], filledString(block['signature']) ?? '');
    if (hasContent(block)) this.state = 'open';
    this.#passAs(index, event, fields);
  }

  /** A delta or the stop of a block. */
  #inBlock(event: JsonObject, fields: SseFields): void {
    this.#requireStart();
    const stops = event['type'] === 'content_block_stop';
    const index = this.#blocks.indexOf(event['index']);
    if (index === null) {
      if (stops || this.#blocks.wasStarted(event['index'])) return;
      // Its words would be lost without a trace.
      throw new WireFault('malformed', 'a delta of a block that was never started');
    }
    if (stops) {
      this.noteSignature(this.#blocks.stop(event['index']));
    } else {
      this.state = 'open';
      const { delta } = event;
      if (isJsonObject(delta) && delta['type'] === 'signature_delta') {
        this.#blocks.sign(event['index'], filledString(delta['signature']) ?? '');
      }
    }
    this.#passAs(index, event, fields);
  }

  #messageDelta(event: JsonObject, fields: SseFields): void {
    this.#requireStart();
    const { delta, usage } = event;
    this.#count(usage);
    const reason = isJsonObject(delta) ? filledString(delta['stop_reason']) : null;
    if (reason !== null) {
      this.#stopReason = reason;
      this.state = 'open';
      this.#closeBlocks();
    }
    if (isJsonObject(usage) && finiteNumber(usage['output_tokens']) !== null) this.#pass(event, fields);
    else this.#write({ ...event, usage: { ...this.#knownOutput(), ...withoutNulls(usage) } });
  }

  #knownOutput(): JsonObject {
    return { output_tokens: this.usage?.outputTokens ?? 0 };
  }

  /** `fields` of the upstream's own end mark; null where it was another. */
  #stop(fields: SseFields | null): void {
    if (this.#stopReason === null) throw new WireFault('cut', 'the stream stopped without a stop reason');
    this.#complete(fields);
  }

  /** Ends with exactly one end mark: the upstream's own where there is one. */
  #complete(fields: SseFields | null): void {
    this.#closeBlocks();
    const { buffer, start, end, terminated } = this.splitter;
    if (fields?.event === 'message_stop' && terminated) this.#output.addRange(buffer, start, end);
    else this.#output.add(STOP);
    this.state = 'complete';
  }

  #closeBlocks(): void {
    for (const { index, signature } of this.#blocks.stopAll()) {
      this.noteSignature(signature);
      this.#write({ type: 'content_block_stop', index });
    }
  }

  #passAs(index: number, event: JsonObject, fields: SseFields): void {
    if (event['index'] === index) this.#pass(event, fields);
    else this.#write({ ...event, index });
  }

  /** Lets the event out as its own bytes where it has its name; clients drop events without one (case 126). */
  #pass(event: JsonObject, fields: SseFields): void {
    const { buffer, start, end, terminated } = this.splitter;
    if (fields.event === event['type'] && terminated) this.#output.addRange(buffer, start, end);
    else this.#write(event);
  }

  #write(event: JsonObject): void {
    this.#output.add(Buffer.from(`event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`));
  }

  #count(usage: unknown): void {
    this.#counted.read(usage);
    this.usage = this.#counted.total;
  }

  #requireStart(): void {
    if (!this.#started) throw new WireFault('malformed', 'the stream has no message_start');
  }
}

/** Does the start of a block commit the stream? An empty text or thinking says nothing yet (DESIGN section 6). */
function hasContent(block: JsonObject): boolean {
  if (block['type'] === 'text') return filledString(block['text']) !== null;
  if (block['type'] === 'thinking') return filledString(block['thinking']) !== null;
  return true;
}

function withoutNulls(usage: unknown): JsonObject {
  if (!isJsonObject(usage)) return {};
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}
