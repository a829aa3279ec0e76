import type { Usage } from '../../protocol/usage.ts';
import { saysError } from '../error-body.ts';
import { WireFault, type StreamRelay } from '../exchange.ts';
import { filledString, isJsonObject, type JsonObject } from '../json-value.ts';
import { Output } from '../output.ts';
import { dataValueStart, lineContentEnd, MAX_EVENT_BYTES, readSseFields, SseSplitter } from '../sse.ts';
import { errorFault, foreignFault, isCutField } from '../stream-fault.ts';
import { carriesContent, choicesOf, hasFinished, isUsageChunk } from './chunk.ts';
import { isUnremarkable, wholeEventsEnd } from './trusted.ts';
import { readUsage } from './usage.ts';

const DONE = Buffer.from('data: [DONE]\n\n');
const LF = 10;
const CR = 13;

/** How a stream is watched. */
export interface GuardOptions {
  /** Its events are well formed: between the first content and the end only chunks that show a sign are read. */
  readonly trusted: boolean;
  /** The client did not ask for the usage chunk: it is read and taken out (wire cases 7, 40). */
  readonly hideUsage: boolean;
}

/**
 * The guard of a same-wire stream (DESIGN section 7): holds it until its first content, lets untouched events out as
 * their own bytes, takes out the usage chunk that only Laneway asked for, and knows whether the stream is whole. Bytes
 * that `push` gives together with a failure were let out before it and belong to the client.
 */
export class OpenAiGuard implements StreamRelay {
  readonly #trusted: boolean;
  readonly #hideUsage: boolean;
  readonly #splitter = new SseSplitter();
  readonly #output = new Output();
  /** By index of the choice: has it had its finish reason? */
  readonly #finished = new Map<number, boolean>();
  #state: StreamRelay['state'] = 'held';
  #fault: WireFault | null = null;
  #usage: Usage | null = null;
  #model: string | null = null;

  constructor(options: GuardOptions) {
    this.#trusted = options.trusted;
    this.#hideUsage = options.hideUsage;
  }

  get state(): StreamRelay['state'] {
    return this.#state;
  }

  get fault(): WireFault | null {
    return this.#fault;
  }

  get usage(): Usage | null {
    return this.#usage;
  }

  get model(): string | null {
    return this.#model;
  }

  push(chunk: Buffer): Buffer | null {
    if (this.#isOver()) return null;
    let rest = chunk;
    if (this.#trusted && this.#state === 'open' && !this.#splitter.pending && isUnremarkable(chunk)) {
      const whole = wholeEventsEnd(chunk);
      if (whole === chunk.length) return chunk;
      if (whole > 0) {
        this.#output.addRange(chunk, 0, whole);
        rest = chunk.subarray(whole);
      }
    }
    this.#splitter.push(rest);
    try {
      while (!this.#isOver() && this.#splitter.next()) this.#takeEvent();
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#fail(error);
    }
    return this.#release();
  }

  end(): Buffer | null {
    if (this.#isOver()) return null;
    if (this.#splitter.finish()) this.#takeEvent();
    if (!this.#isOver()) {
      if (this.#isWhole()) this.#complete();
      else this.#fail(new WireFault('cut', 'the stream ended without a finish reason'));
    }
    return this.#release();
  }

  #isOver(): boolean {
    return this.#state === 'complete' || this.#state === 'failed';
  }

  #takeEvent(): void {
    const { buffer, start, end, single } = this.#splitter;
    const valueStart = single ? dataValueStart(buffer, start) : -1;
    if (valueStart < 0) {
      this.#takeUnusual();
      return;
    }
    this.#takeData(buffer.toString('utf8', valueStart, lineContentEnd(buffer, valueStart, end)));
  }

  /** Comments, blank lines, several lines, and what is no event at all. */
  #takeUnusual(): void {
    const { buffer, start, end, terminated } = this.#splitter;
    const fields = readSseFields(buffer, start, end);
    const { event, data } = fields;
    if (fields.foreign !== null) {
      if (!isCutField(fields, terminated)) this.#refuse(foreignFault(buffer.subarray(start, end)));
    } else if (event === 'error') {
      this.#fail(errorFault(Buffer.from(data ?? '')));
    } else if (data !== null) {
      this.#takeData(data);
    } else if (this.#state === 'open') {
      this.#pass();
    }
  }

  #takeData(data: string): void {
    if (data.startsWith('[DONE]') && data.trim() === '[DONE]') {
      if (this.#isWhole()) this.#complete();
      else this.#fail(new WireFault('cut', 'the stream ended with [DONE] but without a finish reason'));
      return;
    }
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      // A last event that was cut in the middle says nothing that its missing finish reason does not say.
      if (this.#splitter.terminated) this.#refuse(malformed('an event of the stream is not JSON'));
      return;
    }
    if (isJsonObject(chunk)) this.#takeChunk(chunk, data);
    else this.#refuse(malformed('an event of the stream is not a JSON object'));
  }

  #takeChunk(chunk: JsonObject, data: string): void {
    if (saysError(chunk)) {
      this.#fail(errorFault(Buffer.from(data)));
      return;
    }
    const groq = chunk['x_groq'];
    if (isJsonObject(groq) && saysError(groq)) {
      this.#fail(errorFault(Buffer.from(JSON.stringify({ error: groq['error'] }))));
      return;
    }
    this.#model ??= filledString(chunk['model']);
    this.#usage = readUsage(chunk) ?? this.#usage;
    this.#noteChoices(choicesOf(chunk));
    if (this.#hideUsage && isUsageChunk(chunk)) return;
    if (chunk['error'] === undefined) this.#pass();
    else this.#output.add(withoutError(chunk));
  }

  #noteChoices(choices: readonly unknown[]): void {
    for (let position = 0; position < choices.length; position += 1) {
      const choice = choices[position];
      if (!isJsonObject(choice)) continue;
      if (this.#state === 'held' && carriesContent(choice)) this.#state = 'open';
      const index = typeof choice['index'] === 'number' ? choice['index'] : position;
      const ends = hasFinished(choice);
      if (ends || !this.#finished.has(index)) this.#finished.set(index, ends);
    }
  }

  /** Lets the event out as its own bytes; only a blank line that never came is added. */
  #pass(): void {
    const { buffer, start, end, terminated } = this.#splitter;
    this.#output.addRange(buffer, start, end);
    if (!terminated) this.#output.add(Buffer.from(endsInLineBreak(buffer, end) ? '\n' : '\n\n'));
    if (this.#state === 'held' && this.#output.bytes > MAX_EVENT_BYTES) {
      this.#fail(new WireFault('too_large', `more than ${MAX_EVENT_BYTES} bytes came before any content`));
    }
  }

  /** A stream is whole when every choice that was seen has had its finish reason (DESIGN section 8). */
  #isWhole(): boolean {
    for (const finished of this.#finished.values()) if (!finished) return false;
    return this.#finished.size > 0;
  }

  /** Ends with exactly one end mark: the upstream's own where it is canonical (wire cases 3, 4). */
  #complete(): void {
    const { buffer, start, end } = this.#splitter;
    const isCanonical = end - start === DONE.length && buffer.compare(DONE, 0, DONE.length, start, end) === 0;
    if (isCanonical) this.#output.addRange(buffer, start, end);
    else this.#output.add(DONE);
    this.#state = 'complete';
  }

  /** After the last finish reason the answer is whole, and what the upstream garbles then is dropped. */
  #refuse(fault: WireFault): void {
    if (fault.kind === 'malformed' && this.#isWhole()) this.#complete();
    else this.#fail(fault);
  }

  #fail(fault: WireFault): void {
    if (this.#state === 'held') this.#output.discard();
    this.#state = 'failed';
    this.#fault = fault;
  }

  #release(): Buffer | null {
    return this.#state === 'held' ? null : this.#output.take();
  }
}

/** The event again without its `error` key, whose null one client takes for a failure (wire case 13). */
function withoutError(chunk: JsonObject): Buffer {
  const { error: _error, ...rest } = chunk;
  return Buffer.from(`data: ${JSON.stringify(rest)}\n\n`);
}

function malformed(message: string): WireFault {
  return new WireFault('malformed', message);
}

function endsInLineBreak(buffer: Buffer, end: number): boolean {
  return buffer[end - 1] === LF || buffer[end - 1] === CR;
}
