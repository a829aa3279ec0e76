import { Output } from '../../framing/output.ts';
import { SSE } from '../../framing/sse.ts';
import { filledString } from '../../json/value.ts';
import { StreamGuard } from '../../stream/stream-guard.ts';
import type { MutableJson, NormalizeContext } from '../normalize/context.ts';
import { normalizeChunk, presentChunk, presentTrusted } from '../normalize/rules.ts';
import { StreamState, type UsageWish } from '../normalize/state.ts';
import { lastUsageChunk } from '../normalize/usage.ts';
import { readUsage } from '../usage.ts';
import { carriesContent, choicesOf } from './chunk.ts';
import { doneTooSoon, isDone, readChunk } from './read-chunk.ts';
import { plainTextKey, TextTemplate } from './text-template.ts';
import { isUnremarkable, wholeEventsEnd } from './trusted.ts';

const DONE = Buffer.from('data: [DONE]\n\n');
/** Templates tried per stream: if all events differ outside their text (timings in each), none ever fits. */
const MAX_TEMPLATES = 32;
const EMPTY = Buffer.alloc(0);

/** Options of a guard. */
export interface GuardOptions {
  /** Its events are well formed: between the first content and the end only chunks with a known sign are parsed. */
  readonly trusted: boolean;
  /** Which usage the client gets (wire cases 7, 40 to 46). */
  readonly usage: UsageWish;
  readonly context: NormalizeContext;
}

/**
 * The guard of a same-wire stream: holds it until its first content, passes the bytes of canonical events unchanged,
 * writes the others in canonical form, and tracks whether the stream is complete.
 */
export class OpenAiGuard extends StreamGuard {
  readonly #trusted: boolean;
  readonly #stream: StreamState;
  /** From the last event that carried only text. */
  #template: TextTemplate | null = null;
  #templatesLeft = MAX_TEMPLATES;
  /** The usage chunk to send at the end; replaced if another follows. */
  #usageEvent: Buffer | null = null;

  constructor(options: GuardOptions) {
    super(SSE);
    this.#trusted = options.trusted;
    this.#stream = new StreamState(options.context, options.usage);
  }

  override push(chunk: Buffer): Buffer | null {
    if (this.#trusted && this.state === 'open' && !this.splitter.pending && isUnremarkable(chunk)) {
      const whole = wholeEventsEnd(chunk);
      if (whole === chunk.length) return chunk;
      if (whole > 0) {
        this.output.addRange(chunk, 0, whole);
        return super.push(chunk.subarray(whole));
      }
    }
    if (this.#template !== null && this.state === 'open' && !this.splitter.pending)
      return this.#pushLike(this.#template, chunk);
    return super.push(chunk);
  }

  protected override takeBytes(): boolean {
    const { buffer, start, end } = this.splitter;
    if (this.#template?.match(buffer, start, end) !== end) return false;
    this.#addMatch(this.#template, buffer, start, end);
    return true;
  }

  /** The events at the beginning of a chunk that fit the template are not even split (measured: half of their cost). */
  #pushLike(template: TextTemplate, chunk: Buffer): Buffer | null {
    const { length } = chunk;
    let start = 0;
    for (let end = template.match(chunk, 0, length); end > 0; end = template.match(chunk, start, length)) {
      this.#addMatch(template, chunk, start, end);
      start = end;
    }
    if (start === length) return this.release();
    return super.push(start === 0 ? chunk : chunk.subarray(start));
  }

  /** Passes on an event that fits the template. */
  #addMatch(template: TextTemplate, buffer: Buffer, start: number, end: number): void {
    const written = template.write(buffer);
    if (written === null) this.output.addRange(buffer, start, end);
    else this.output.add(written);
  }

  protected takeData(data: string): void {
    if (!isDone(data)) this.#takeChunk(readChunk(data));
    else if (this.finished) this.complete();
    else throw doneTooSoon();
  }

  get finished(): boolean {
    return this.#stream.whole;
  }

  /** Sends the outstanding usage and one end mark: the upstream's own if it is canonical (cases 3, 4). */
  protected complete(): void {
    if (this.#usageEvent !== null) this.output.add(this.#usageEvent);
    else this.#addUsage();
    const { buffer, start, end } = this.splitter;
    const isCanonical = end - start === DONE.length && buffer.compare(DONE, 0, DONE.length, start, end) === 0;
    if (isCanonical) this.output.addRange(buffer, start, end);
    else this.output.add(DONE);
    this.state = 'complete';
  }

  #takeChunk(chunk: MutableJson): void {
    const stream = this.#stream;
    const usageBefore = stream.usage;
    this.model ??= filledString(chunk['model']);
    stream.begin();
    let changed = !this.#trusted && normalizeChunk(chunk, stream);
    if (this.state === 'held' && choicesOf(chunk).some(carriesContent)) this.state = 'open';
    if (this.#trusted ? presentTrusted(chunk, stream) : presentChunk(chunk, stream)) changed = true;
    const hasUsage = stream.usage !== usageBefore;
    const written = changed ? eventOf(chunk) : null;
    if (hasUsage) this.#takeUsage(written);
    if (stream.before !== null) this.output.add(eventOf(stream.before));
    if (stream.dropped || stream.tellsUsage) return;
    if (written === null) this.output.addEvent(this.splitter);
    else this.output.add(written);
    if (!hasUsage && !stream.movedText && !stream.hasCalls && !this.#trusted)
      this.#keepTemplate(chunk, written);
  }

  /** A copy, since the event goes out later. */
  #eventBytes(): Buffer {
    const event = new Output();
    event.addEvent(this.splitter);
    return event.take() ?? EMPTY;
  }

  #takeUsage(written: Buffer | null): void {
    const { usage, tellsUsage } = this.#stream;
    this.usage = readUsage({ usage });
    this.#usageEvent = tellsUsage ? (written ?? this.#eventBytes()) : null;
  }

  /** The requested usage, if no event of the upstream contains it in canonical form. */
  #addUsage(): void {
    const owed = lastUsageChunk(this.#stream);
    if (owed !== null) this.output.add(eventOf(owed));
  }

  /** Most later events differ from this one only in their text. */
  #keepTemplate(chunk: MutableJson, written: Buffer | null): void {
    const { buffer, start, end, single, terminated } = this.splitter;
    if (this.#templatesLeft === 0 || this.state !== 'open' || !single || !terminated) return;
    const key = plainTextKey(chunk);
    if (key === null) return;
    this.#template = TextTemplate.of(buffer, start, end, key, written, this.#template);
    this.#templatesLeft -= 1;
  }
}

function eventOf(chunk: MutableJson): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}
