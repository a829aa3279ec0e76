import { isStream } from './headers.ts';
import { UnaryReader } from './unary-reader.ts';

/**
 * Reads the reply to a unary request that went out as a request for a stream (DESIGN section 8): with a stream's
 * deadlines, which tell a stall from a long generation; a whole reply that comes all the same is taken as one.
 */
export class AssemblingReader extends UnaryReader {
  #streams = false;

  protected override sent(): void {
    this.deadline.allow('first_token', this.context.deadlines.firstTokenMs);
  }

  protected override accepts(): boolean {
    this.#streams = isStream(this.headers, this.context.exchange.framing);
    if (!this.#streams) this.deadline.onlyTotal();
    return super.accepts();
  }

  protected override received(chunk: Buffer): void {
    super.received(chunk);
    if (this.#streams && this.dataSeen && !this.settled) {
      this.deadline.allow('idle', this.context.deadlines.idleMs);
    }
  }
}
