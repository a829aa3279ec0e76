import type { ArgumentKeys } from '../../chat/tools/argument-keys.ts';
import { SSE } from '../../framing/sse.ts';
import { filledString, finiteNumber, isJsonObject, type JsonObject } from '../../json/value.ts';
import { estimatedInput } from '../../usage-estimate.ts';
import { StreamGuard } from '../../stream/stream-guard.ts';
import { withoutNulls } from '../complete-block.ts';
import { ArgumentRestorer } from '../restore-arguments.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';

/**
 * The guard of a Messages stream for a Messages client: holds the output until the first content, forwards canonical
 * and unknown events unchanged, rewrites others in canonical form, and detects whether the stream is complete. Every
 * event gets its `event:` name (wire case 126) and the token counts that clients need (127).
 */
export class MessagesGuard extends StreamGuard implements EventSink {
  readonly #normalizer = new EventNormalizer();
  readonly #estimatedInputTokens: number;
  /** Null: the request changed no property names. */
  readonly #restorer: ArgumentRestorer | null;

  /**
   * `estimatedInputTokens`: used for the required usage of `message_start` if the upstream reports none. `keys`: the
   * property names that the request changed.
   */
  constructor(estimatedInputTokens: number, keys: ArgumentKeys | null = null) {
    super(SSE);
    this.#estimatedInputTokens = estimatedInputTokens;
    this.#restorer = keys === null ? null : new ArgumentRestorer(keys);
  }

  override get signatures(): readonly string[] {
    return this.#normalizer.signatures;
  }

  onEvent(event: JsonObject, isOwn: boolean): void {
    if (this.#restorer === null) {
      this.#take(event, isOwn);
      return;
    }
    for (const each of this.#restorer.restore(event, isOwn)) this.#take(each.event, each.isOwn);
  }

  #take(event: JsonObject, isOwn: boolean): void {
    switch (event['type']) {
      case 'message_start':
        this.#takeStart(event, isOwn);
        return;
      case 'message_delta':
        this.#takeMessageDelta(event, isOwn);
        return;
      case 'message_stop':
        this.#write(event, isOwn);
        this.state = 'complete';
        return;
      case 'content_block_start':
        if (hasContent(event['content_block'])) this.state = 'open';
        break;
      case 'content_block_delta':
        this.state = 'open';
    }
    this.#write(event, isOwn);
  }

  protected override takeBytes(): boolean {
    const { buffer, start, end, terminated } = this.splitter;
    if (this.state !== 'open' || !terminated || this.#restorer !== null) return false;
    if (!this.#normalizer.isPlain(buffer, start, end)) return false;
    this.output.addRange(buffer, start, end);
    return true;
  }

  protected takeData(data: string, event: string | null): void {
    this.#normalizer.read(data, event, this);
  }

  get finished(): boolean {
    return this.#normalizer.finished;
  }

  protected complete(): void {
    this.#normalizer.end(this);
  }

  #takeStart(event: JsonObject, isOwn: boolean): void {
    const message = event['message'] as JsonObject;
    this.model = filledString(message['model']);
    this.usage = this.#normalizer.usage.total;
    const given = isJsonObject(message['usage']) ? message['usage'] : {};
    if (finiteNumber(given['input_tokens']) !== null && finiteNumber(given['output_tokens']) !== null) {
      this.#write(event, isOwn);
      return;
    }
    const required = { input_tokens: estimatedInput(this.#estimatedInputTokens), output_tokens: 0 };
    const usage = { ...required, ...withoutNulls(given) };
    this.#write({ ...event, message: { ...message, usage } }, false);
  }

  #takeMessageDelta(event: JsonObject, isOwn: boolean): void {
    const { usage } = event;
    this.usage = this.#normalizer.usage.total;
    if (this.finished) this.state = 'open';
    if (isJsonObject(usage) && finiteNumber(usage['output_tokens']) !== null) {
      this.#write(event, isOwn);
      return;
    }
    const counted = {
      output_tokens: this.usage?.outputTokens ?? 0,
      ...(isJsonObject(usage) ? withoutNulls(usage) : null),
    };
    this.#write({ ...event, usage: counted }, false);
  }

  #write(event: JsonObject, isOwn: boolean): void {
    const { buffer, start, end, terminated } = this.splitter;
    if (isOwn && terminated) this.output.addRange(buffer, start, end);
    else this.output.add(Buffer.from(`event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`));
  }
}

/** Does the start of a block commit the stream? Empty text or thinking is not content yet. */
export function hasContent(block: unknown): boolean {
  if (!isJsonObject(block)) return false;
  if (block['type'] === 'text') return filledString(block['text']) !== null;
  if (block['type'] === 'thinking') return filledString(block['thinking']) !== null;
  return true;
}
