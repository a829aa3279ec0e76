import { Output } from '../framing/output.ts';
import { EventTransform } from './stream-transform.ts';

/**
 * The transform of a same-wire stream: most events are forwarded unchanged, some in canonical form, all through
 * `output`.
 */
export abstract class StreamGuard extends EventTransform {
  protected readonly output = new Output();

  /** Forwards the upstream's heartbeats once the stream is open. */
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
