import type { Usage } from '../../../protocol/usage.ts';
import { saysError } from '../../error-body.ts';
import { WireFault } from '../../exchange.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { Output } from '../../framing/output.ts';
import { RelayBase } from '../../stream-transform.ts';
import { dataValueStart, lineContentEnd, readSseFields } from '../../framing/sse.ts';
import { errorFault, foreignFault, isCutField } from '../../stream-fault.ts';
import { carriesContent, choicesOf } from './chunk.ts';
import type { MendContext, MutableJson } from '../normalize/rule.ts';
import { mendChunk, mendTrusted } from '../normalize/rules.ts';
import { StreamState, type UsageWish } from '../normalize/state.ts';
import { lastUsageChunk } from '../normalize/usage.ts';
import { plainTextKey, TextTemplate } from './text-template.ts';
import { isUnremarkable, wholeEventsEnd } from './trusted.ts';
import { readUsage, writeUsage } from '../usage.ts';

const DONE = Buffer.from('data: [DONE]\n\n');
/** Patterns that are tried on a stream: one whose events all differ beside their text (timings in each) has none. */
const MAX_TEMPLATES = 32;
const LF = 10;
const CR = 13;

/** How a stream is watched. */
export interface GuardOptions {
  /** Its events are well formed: between the first content and the end only chunks that show a sign are read. */
  readonly trusted: boolean;
  /** What the client gets of the usage (wire cases 7, 40 to 46). */
  readonly usage: UsageWish;
  readonly context: MendContext;
}

/**
 * The guard of a same-wire stream (DESIGN section 7): holds it until its first content, lets events that are in order
 * out as their own bytes, writes those anew that a rule of `normalize/` changes, and knows whether the stream is whole.
 * Bytes that `push` gives together with a failure were let out before it and belong to the client.
 */
export class OpenAiGuard extends RelayBase {
  readonly #trusted: boolean;
  readonly #output = new Output();
  readonly #stream: StreamState;
  /** The last event that carried text and nothing else. */
  #template: TextTemplate | null = null;
  #templatesLeft = MAX_TEMPLATES;

  constructor(options: GuardOptions) {
    super();
    this.#trusted = options.trusted;
    this.#stream = new StreamState(options.context, options.usage);
  }

  override push(chunk: Buffer): Buffer | null {
    if (this.#trusted && this.state === 'open' && !this.splitter.pending && isUnremarkable(chunk)) {
      const whole = wholeEventsEnd(chunk);
      if (whole === chunk.length) return chunk;
      if (whole > 0) {
        this.#output.addRange(chunk, 0, whole);
        return super.push(chunk.subarray(whole));
      }
    }
    return super.push(chunk);
  }

  protected takeEvent(): void {
    const { buffer, start, end, single } = this.splitter;
    if (this.#template?.fits(buffer, start, end) === true) {
      const written = this.#template.write(buffer, start, end);
      if (written === null) this.#output.addRange(buffer, start, end);
      else this.#output.add(written);
      return;
    }
    const valueStart = single ? dataValueStart(buffer, start) : -1;
    if (valueStart < 0) this.#takeUnusual();
    else this.#takeData(buffer.toString('utf8', valueStart, lineContentEnd(buffer, valueStart, end)));
    this.limitHeld(this.#output.bytes);
  }

  protected bodyEnded(): void {
    if (this.#stream.whole) this.#complete();
  }

  protected take(): Buffer | null {
    return this.#output.take();
  }

  protected discard(): void {
    this.#output.discard();
  }

  /** Comments, blank lines, several lines, and what is no event at all. */
  #takeUnusual(): void {
    const { buffer, start, end, terminated } = this.splitter;
    const fields = readSseFields(buffer, start, end);
    const { event, data } = fields;
    if (fields.foreign !== null) {
      if (!isCutField(fields, terminated)) this.#refuse(foreignFault(buffer.subarray(start, end)));
    } else if (event === 'error') {
      this.fail(errorFault(Buffer.from(data ?? '')));
    } else if (data !== null) {
      this.#takeData(data);
    } else if (this.state === 'open') {
      this.#pass();
    }
  }

  #takeData(data: string): void {
    if (data.startsWith('[DONE]') && data.trim() === '[DONE]') {
      if (this.#stream.whole) this.#complete();
      else this.fail(new WireFault('cut', 'the stream ended with [DONE] but without a finish reason'));
      return;
    }
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      // A last event that was cut in the middle says nothing that its missing finish reason does not say.
      if (this.splitter.terminated) this.#refuse(malformed('an event of the stream is not JSON'));
      return;
    }
    if (isJsonObject(chunk)) this.#takeChunk(chunk, data);
    else this.#refuse(malformed('an event of the stream is not a JSON object'));
  }

  #takeChunk(chunk: MutableJson, data: string): void {
    if (saysError(chunk)) {
      this.fail(errorFault(Buffer.from(data)));
      return;
    }
    const groq = chunk['x_groq'];
    if (isJsonObject(groq) && saysError(groq)) {
      this.fail(errorFault(Buffer.from(JSON.stringify({ error: groq['error'] }))));
      return;
    }
    this.model ??= filledString(chunk['model']);
    const usage = readUsage(chunk);
    this.usage = usage ?? this.usage;
    if (this.state === 'held' && choicesOf(chunk).some(carriesContent)) this.state = 'open';
    const stream = this.#stream;
    stream.begin();
    const changed = this.#trusted ? mendTrusted(chunk, stream) : mendChunk(chunk, stream);
    if (stream.before !== null) this.#output.add(eventOf(stream.before));
    if (stream.dropped) return;
    const mended = changed ? eventOf(chunk) : null;
    if (mended === null) this.#pass();
    else this.#output.add(mended);
    if (usage === null && this.#templatesLeft > 0 && !this.#trusted) this.#noteTemplate(chunk, mended);
  }

  /** Lets the event out as its own bytes; only a blank line that never came is added. */
  #pass(): void {
    const { buffer, start, end, terminated } = this.splitter;
    this.#output.addRange(buffer, start, end);
    if (!terminated) this.#output.add(Buffer.from(endsInLineBreak(buffer, end) ? '\n' : '\n\n'));
  }

  /** Most of the events behind this one will differ from it in their text alone. */
  #noteTemplate(chunk: MutableJson, mended: Buffer | null): void {
    const { buffer, start, end, single, terminated } = this.splitter;
    if (this.state !== 'open' || !single || !terminated) return;
    const key = plainTextKey(chunk);
    if (key === null) return;
    this.#template = TextTemplate.of(buffer, start, end, key, mended);
    this.#templatesLeft -= 1;
  }

  /** Ends with the usage that is still owed, and one end mark: the upstream's own where it is canonical (cases 3, 4). */
  #complete(): void {
    const owed = lastUsageChunk(this.#stream, this.usage === null ? null : usageObject(this.usage));
    if (owed !== null) this.#output.add(eventOf(owed));
    const { buffer, start, end } = this.splitter;
    const isCanonical = end - start === DONE.length && buffer.compare(DONE, 0, DONE.length, start, end) === 0;
    if (isCanonical) this.#output.addRange(buffer, start, end);
    else this.#output.add(DONE);
    this.state = 'complete';
  }

  /** After the last finish reason the answer is whole, and what the upstream garbles then is dropped. */
  #refuse(fault: WireFault): void {
    if (fault.kind === 'malformed' && this.#stream.whole) this.#complete();
    else this.fail(fault);
  }
}

function eventOf(chunk: MutableJson): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

function usageObject(usage: Usage): MutableJson {
  return { ...writeUsage({ ...usage, cacheWriteTokens: null }) };
}

function malformed(message: string): WireFault {
  return new WireFault('malformed', message);
}

function endsInLineBreak(buffer: Buffer, end: number): boolean {
  return buffer[end - 1] === LF || buffer[end - 1] === CR;
}
