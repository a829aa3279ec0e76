import { isStream } from '../respond/headers.ts';
import { UnaryReader } from './unary-reader.ts';

/**
 * Reads the reply to a unary request that went out as a request for a stream (DESIGN section 8): with a stream's
 * deadlines, which tell a stall from a long generation; a whole reply that comes all the same is taken as one.
 */
export class AssemblingReader extends UnaryReader {
  protected override sent(): void {
    this.deadline.allow('first_token', this.context.deadlines.firstTokenMs);
  }

  protected override accepts(): boolean {
    if (!isStream(this.headers, this.context.exchange.framing)) this.deadline.onlyTotal();
    return super.accepts();
  }
}
