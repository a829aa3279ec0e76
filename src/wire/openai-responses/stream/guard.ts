import { SSE } from '../../framing/sse.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { StreamGuard } from '../../stream/stream-guard.ts';
import { completeResponse, encryptedIn } from '../complete-response.ts';
import { readResponsesUsage } from '../usage.ts';
import { carriesContent } from './content.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';
import { isPlainEvent } from './plain-event.ts';

/** Options of a guard. */
export interface GuardOptions {
  /** Its events are well formed: after the first content only the last one is parsed. */
  readonly trusted: boolean;
  /** For responses that name no model. */
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
}

/**
 * The guard of a stream for a client of the same wire: holds it until its first content, forwards canonical and unknown
 * events unchanged, writes others in canonical form, and detects whether the stream is complete.
 */
export class ResponsesGuard extends StreamGuard implements EventSink {
  readonly #normalizer = new EventNormalizer();
  readonly #options: GuardOptions;
  /** Events have been forwarded without being parsed, so that the normalizer does not know the items. */
  #hasSkipped = false;

  constructor(options: GuardOptions) {
    super(SSE);
    this.#options = options;
  }

  get finished(): boolean {
    return this.#normalizer.finished || this.state === 'complete';
  }

  onEvent(event: JsonObject, isOwn: boolean): void {
    const { response } = event;
    if (this.state === 'held' && carriesContent(event)) this.state = 'open';
    if (!isJsonObject(response)) {
      this.#write(event, isOwn);
      return;
    }
    const { model, wall } = this.#options;
    const whole = completeResponse(response, model, wall());
    this.#takeResponse(response);
    this.#write(whole === response ? event : { ...event, response: whole }, isOwn && whole === response);
    if (this.#normalizer.finished) this.state = 'complete';
  }

  protected override takeBytes(): boolean {
    const { buffer, start, end, terminated } = this.splitter;
    if (!this.#options.trusted || this.state !== 'open' || !terminated) return false;
    if (!isPlainEvent(buffer, start, end)) return false;
    this.#hasSkipped = true;
    this.output.addRange(buffer, start, end);
    return true;
  }

  protected takeData(data: string, name: string | null): void {
    if (this.#hasSkipped) this.#takeLast(data, name);
    else this.#normalizer.read(data, name, this);
  }

  protected complete(): void {
    this.state = 'complete';
  }

  /** The end of a trusted stream. Its response is read by a normalizer of its own, which throws the same faults. */
  #takeLast(data: string, name: string | null): void {
    const end = new EventNormalizer();
    let last: JsonObject | null = null;
    end.read(data, name, { onEvent: (event) => (last = event) });
    if (end.finished) this.#takeResponse(responseOf(last));
    this.output.addEvent(this.splitter);
    if (end.finished) this.state = 'complete';
  }

  #takeResponse(response: JsonObject): void {
    this.model ??= filledString(response['model']);
    this.usage = readResponsesUsage(response) ?? this.usage;
    for (const encrypted of encryptedIn(response)) this.noteSignature(encrypted);
  }

  #write(event: JsonObject, isOwn: boolean): void {
    if (isOwn && this.splitter.terminated) this.output.addEvent(this.splitter);
    else this.output.add(Buffer.from(`event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`));
  }
}

function responseOf(event: JsonObject | null): JsonObject {
  const response = event?.['response'];
  return isJsonObject(response) ? response : {};
}
