import type { Usage } from '../../protocol/usage.ts';
import type { StreamTransform } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { MAX_EVENT_BYTES, type EventFields, type EventSplitter, type Framing } from '../framing/framing.ts';
import { errorFault, foreignFault, isCutField } from './stream-fault.ts';

/** Ends the streams of OpenAI's wires; some servers write it in a stream of Messages, too. */
const END_MARK = '[DONE]';

/**
 * The common part of all transforms: splits the bytes into events, holds the output until the first content, decides
 * what a garbled event means, and turns a fault into the state `failed`. Bytes that `push` returns together with a
 * failure were released before it and must still be sent to the client.
 */
export abstract class EventTransform implements StreamTransform {
  state: StreamTransform['state'] = 'held';
  fault: WireFault | null = null;
  started = false;
  usage: Usage | null = null;
  model: string | null = null;
  /** Holds the current event. */
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

  /** Processes the current event without parsing it; false: it must be parsed. */
  protected takeBytes(): boolean {
    return false;
  }

  /** Processes an event without data: a comment, a blank line. Most transforms drop it. */
  protected takeComment(): void {
    // Dropped.
  }

  /** Processes the data of the current event. Throws a `WireFault`. */
  protected abstract takeData(data: string, event: string | null): void;

  /** Ends a finished stream: writes the remaining output and sets the state to `complete`. */
  protected abstract complete(): void;

  /** Number of bytes or characters of output that are not released yet. */
  protected abstract get gathered(): number;

  /** Returns the output since the last call; null if there is none. */
  protected abstract release(): Buffer | null;

  /** Drops the unreleased output. */
  protected abstract discard(): void;

  /** Complete or failed: further input is ignored. */
  protected isOver(): boolean {
    return this.state === 'complete' || this.state === 'failed';
  }

  /** Fails the stream; held output is dropped. */
  protected fail(fault: WireFault): void {
    if (this.state === 'held') this.discard();
    this.state = 'failed';
    this.fault = fault;
  }

  /**
   * Records the signature of a thinking block, or the data of a redacted one: only the model that made them accepts
   * them.
   */
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
      // After the last finish reason the reply is complete, even if later events are garbled. A last event that was cut
      // off adds nothing to the fault of the missing finish reason.
      if (this.finished) this.complete();
      else if (terminated || fields.foreign !== null) throw error;
    }
    if (this.state === 'held' && this.gathered > MAX_EVENT_BYTES) {
      this.fail(new WireFault('too_large', `more than ${MAX_EVENT_BYTES} bytes before any content`));
    }
  }

  #takeFields({ event, data, foreign }: EventFields): void {
    this.started ||= (data !== null && data.trim() !== END_MARK) || foreign !== null;
    if (foreign !== null) {
      const { buffer, start, end } = this.splitter;
      throw foreignFault(buffer.subarray(start, end));
    }
    if (event === 'error' && data !== null) throw errorFault(Buffer.from(data));
    // A line that the end of the stream cut off, such as half an event name, is not a comment.
    if (data !== null) this.takeData(data, event);
    else if (this.splitter.terminated) this.takeComment();
  }

  /** Records a fault; any other error is a bug and is rethrown. */
  #caught(error: unknown): void {
    if (!(error instanceof WireFault)) throw error;
    this.fail(error);
  }

  #released(): Buffer | null {
    return this.state === 'held' ? null : this.release();
  }
}
