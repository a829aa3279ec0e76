import type { Usage } from '../protocol/usage.ts';
import { WireFault, type StreamRelay } from './exchange.ts';
import { MAX_EVENT_BYTES, SseSplitter } from './framing/sse.ts';

/**
 * What every relay does alike, whatever it does with an event: cuts the bytes into events, holds what is gathered
 * until the first content, and turns a fault into the state `failed`. Bytes that `push` gives together with a failure
 * were let out before it and belong to the client.
 */
export abstract class RelayBase implements StreamRelay {
  state: StreamRelay['state'] = 'held';
  fault: WireFault | null = null;
  usage: Usage | null = null;
  model: string | null = null;
  /** The event that `takeEvent` is to read lies in it. */
  protected readonly splitter = new SseSplitter();
  #signatures: string[] | null = null;

  get signatures(): readonly string[] {
    return this.#signatures ?? [];
  }

  push(chunk: Buffer): Buffer | null {
    if (this.isOver()) return null;
    try {
      this.splitter.push(chunk);
      while (!this.isOver() && this.splitter.next()) this.takeEvent();
    } catch (error) {
      this.#caught(error);
    }
    return this.#release();
  }

  end(): Buffer | null {
    if (this.isOver()) return null;
    try {
      if (this.splitter.finish()) this.takeEvent();
      if (!this.isOver()) this.bodyEnded();
      if (!this.isOver()) this.fail(new WireFault('cut', 'the stream ended without a finish reason'));
    } catch (error) {
      this.#caught(error);
    }
    return this.#release();
  }

  /** Takes the splitter's event: gathers output, moves the state. May throw a `WireFault` instead of calling `fail`. */
  protected abstract takeEvent(): void;

  /** The upstream ended its body in good order: completes the stream if it is whole, else does nothing or fails. */
  protected abstract bodyEnded(): void;

  /** What was gathered since the last call; null when there is nothing. */
  protected abstract take(): Buffer | null;

  /** Forgets what was gathered. */
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

  /** Notes the signature of a thinking block, or the data of a redacted one (DESIGN section 5, affinity). */
  protected noteSignature(signature: string): void {
    if (signature !== '') (this.#signatures ??= []).push(signature);
  }

  /** Fails the stream when too much was gathered (bytes or characters) before any content. */
  protected limitHeld(gathered: number): void {
    if (this.state === 'held' && gathered > MAX_EVENT_BYTES) {
      this.fail(new WireFault('too_large', `more than ${MAX_EVENT_BYTES} bytes came before any content`));
    }
  }

  /** Notes a fault; any other error is a mistake of ours and goes on. */
  #caught(error: unknown): void {
    if (!(error instanceof WireFault)) throw error;
    this.fail(error);
  }

  #release(): Buffer | null {
    return this.state === 'held' ? null : this.take();
  }
}
