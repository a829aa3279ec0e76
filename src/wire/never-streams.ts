import type { Exchange, StreamTransform, UnaryReply } from './exchange.ts';

/** The half of an exchange that concerns streams, for wires that have none: execution asks for none of it. */
export abstract class NeverStreams implements Pick<
  Exchange,
  'framing' | 'asksForStream' | 'stream' | 'assemble' | 'oneShot'
> {
  readonly framing = null;
  readonly asksForStream = false;

  stream(): StreamTransform {
    throw new TypeError('this wire never streams');
  }

  assemble(): StreamTransform {
    return this.stream();
  }

  oneShot(): UnaryReply {
    throw new TypeError('this wire never streams');
  }
}
