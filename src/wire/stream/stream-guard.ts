import { Output } from '../framing/output.ts';
import { EventTransform } from './stream-transform.ts';

/**
 * A same-wire stream on its way to the client: most events go out as their own bytes, some in their
 * canonical form, all through `output`.
 */
export abstract class StreamGuard extends EventTransform {
  protected readonly output = new Output();

  /** A heartbeat of the upstream keeps the client waiting too, once its head is sent. */
  protected override takeComment(): void {
    if (this.state === 'open') this.output.addEvent(this.splitter);
  }

  protected get gathered(): number {
    return this.output.bytes;
  }

  protected release(): Buffer | null {
    return this.output.take();
  }

  protected discard(): void {
    this.output.discard();
  }
}
