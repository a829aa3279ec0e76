import type { Usage } from '../../protocol/usage.ts';
import type { StreamTransform } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { MAX_EVENT_BYTES, type EventFields, type EventSplitter, type Framing } from '../framing/framing.ts';
import { errorFault, foreignFault, isCutField } from './stream-fault.ts';

/**
 * What all transforms do alike, whatever they make of an event: cut the bytes into events, hold what is gathered until
 * the first content, decide what a garbled event means, turn a fault into the state `failed`. Bytes that `push` returns
 * together with a failure were released before it and belong to the client.
 */
export abstract class EventTransform implements StreamTransform {
  state: StreamTransform['state'] = 'held';
  fault: WireFault | null = null;
  started = false;
  usage: Usage | null = null;
  model: string | null = null;
  /** Holds the event at hand. */
  protected readonly splitter: EventSplitter;
  #signatures: string[] | null = null;

  constructor(framing: Framing) {
    this.splitter = framing.splitter();
  }

  abstract get finished(): boolean;

  get signatures(): readonly string[] {
    return this.#signatures ?? [];
  }

  push(chunk: Buffer): Buffer | null {
    if (this.isOver()) return null;
    try {
      this.splitter.push(chunk);
      while (this.splitter.next()) {
        this.#takeEvent();
        if (this.isOver()) break;
      }
    } catch (error) {
      this.#caught(error);
    }
    return this.#released();
  }

  end(): Buffer | null {
    if (this.isOver()) return null;
    try {
      if (this.splitter.finish()) this.#takeEvent();
      if (!this.isOver() && this.finished) this.complete();
      if (!this.isOver()) this.fail(new WireFault('cut', 'ended its stream without a finish reason'));
    } catch (error) {
      this.#caught(error);
    }
    return this.#released();
  }

  /** Takes the event at hand by its bytes alone; false: it must be read. */
  protected takeBytes(): boolean {
    return false;
  }

  /** Takes an event without data: a comment, a blank line. Most transforms leave it out. */
  protected takeComment(): void {
    // Left out.
  }

  /** Takes the data of the event at hand. Throws a `WireFault`. */
  protected abstract takeData(data: string, event: string | null): void;

  /** Ends a finished stream: writes what is still owed, and moves the state to `complete`. */
  protected abstract complete(): void;

  /** Bytes or characters that are gathered and not yet released. */
  protected abstract get gathered(): number;

  /** What was gathered since the last call; null when there is nothing. */
  protected abstract release(): Buffer | null;

  /** Drops what was gathered. */
  protected abstract discard(): void;

  /** Complete or failed: nothing more is read. */
  protected isOver(): boolean {
    return this.state === 'complete' || this.state === 'failed';
  }

  /** Ends the stream; what was held never goes out. */
  protected fail(fault: WireFault): void {
    if (this.state === 'held') this.discard();
    this.state = 'failed';
    this.fault = fault;
  }

  /** Keeps the signature of a thinking block, or the data of a redacted one: only their maker reads them again. */
  protected noteSignature(signature: string): void {
    if (signature !== '') (this.#signatures ??= []).push(signature);
  }

  #takeEvent(): void {
    if (this.takeBytes()) return;
    const fields = this.splitter.fields();
    const { terminated } = this.splitter;
    if (isCutField(fields, terminated)) return;
    try {
      this.#takeFields(fields);
    } catch (error) {
      if (!(error instanceof WireFault) || error.kind !== 'malformed') throw error;
      // After the last finish reason the answer is whole, whatever the upstream garbles then. A last event that was cut
      // in the middle adds nothing to the missing finish reason.
      if (this.finished) this.complete();
      else if (terminated || fields.foreign !== null) throw error;
    }
    if (this.state === 'held' && this.gathered > MAX_EVENT_BYTES) {
      this.fail(new WireFault('too_large', `more than ${MAX_EVENT_BYTES} bytes came before any content`));
    }
  }

  #takeFields({ event, data, foreign }: EventFields): void {
    this.started ||= data !== null || foreign !== null;
    if (foreign !== null) {
      const { buffer, start, end } = this.splitter;
      throw foreignFault(buffer.subarray(start, end));
    }
    if (event === 'error' && data !== null) throw errorFault(Buffer.from(data));
    // A line that the end of the stream has cut, such as half an event's name, is no comment.
    if (data !== null) this.takeData(data, event);
    else if (this.splitter.terminated) this.takeComment();
  }

  /** Keeps a fault; any other error is a bug and goes on. */
  #caught(error: unknown): void {
    if (!(error instanceof WireFault)) throw error;
    this.fail(error);
  }

  #released(): Buffer | null {
    return this.state === 'held' ? null : this.release();
  }
}
