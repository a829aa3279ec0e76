import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ReplyContext, StreamEncoder } from '../../codec.ts';

/** Encodes a stream for a client. */
export class OllamaChatStreamEncoder implements StreamEncoder {
  readonly #client: ReplyContext<'chat'>;

  constructor(client: ReplyContext<'chat'>) {
    this.#client = client;
  }

  write(event: StreamEvent): string {
    throw new Error(`not built ${event.type} ${this.#client.modelId}`);
  }
}
