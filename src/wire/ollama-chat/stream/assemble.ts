import type { StreamAssembler } from '../../codec.ts';

/** Assembles a stream of an upstream into a whole reply of the same wire. */
export class OllamaChatAssembler implements StreamAssembler {
  readonly hasContent = false;
  readonly finished = false;
  readonly ended = false;

  take(data: string): void {
    throw new Error(`not built ${data}`);
  }

  body(): Buffer {
    throw new Error('not built');
  }
}
