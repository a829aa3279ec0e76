import type { StreamAssembler } from './codec.ts';
import { WireFault } from './exchange.ts';
import { RelayBase } from './stream-transform.ts';
import { readSseFields } from './framing/sse.ts';
import { foreignFault, isCutField } from './stream-fault.ts';

/** Bytes of a stream that are put together: what is kept of it is far less, since each event repeats its frame. */
const STREAM_MAX_BYTES = 256 * 1024 * 1024;

/**
 * A stream that is put together into the whole reply of its own wire: nothing comes out until it is whole, then the
 * reply's JSON at once. It is whole by the same rules as a relayed one, so there is never half a reply.
 */
export class Assembly extends RelayBase {
  readonly #assembler: StreamAssembler;
  #bytes = 0;
  /** The reply, once it is whole. */
  #body: Buffer | null = null;

  constructor(assembler: StreamAssembler) {
    super();
    this.#assembler = assembler;
  }

  override push(chunk: Buffer): Buffer | null {
    this.#bytes += chunk.length;
    if (this.#bytes > STREAM_MAX_BYTES && !this.isOver()) {
      this.fail(new WireFault('too_large', `a stream of more than ${STREAM_MAX_BYTES} bytes`));
    }
    return super.push(chunk);
  }

  protected takeEvent(): void {
    const { buffer, start, end, terminated } = this.splitter;
    const fields = readSseFields(buffer, start, end);
    if (isCutField(fields, terminated)) return;
    try {
      if (fields.foreign !== null) throw foreignFault(buffer.subarray(start, end));
      this.#assembler.take(fields);
      if (this.#assembler.whole) this.#complete();
    } catch (error) {
      if (!(error instanceof WireFault) || error.kind !== 'malformed') throw error;
      // As in a relayed stream: what comes garbled after the finish reason takes nothing from the answer.
      if (!this.#completeIfFinished() && (terminated || fields.foreign !== null)) throw error;
    }
  }

  protected bodyEnded(): void {
    this.#completeIfFinished();
  }

  protected take(): Buffer | null {
    return this.#body;
  }

  protected discard(): void {
    // Nothing is gathered here; the assembler goes with the attempt.
  }

  #complete(): void {
    this.#body = this.#assembler.body();
    this.state = 'complete';
  }

  /** false: no finish reason has come. */
  #completeIfFinished(): boolean {
    try {
      this.#complete();
      return true;
    } catch (error) {
      if (error instanceof WireFault && error.kind === 'cut') return false;
      throw error;
    }
  }
}
