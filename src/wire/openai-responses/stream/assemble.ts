import type { StreamAssembler } from '../../codec.ts';
import type { JsonObject } from '../../json/value.ts';
import { carriesContent } from './content.ts';
import { EventNormalizer, type EventSink } from './normalize.ts';

/** Assembles a stream into the whole response, which its last event contains. */
export class ResponsesAssembler implements StreamAssembler, EventSink {
  hasContent = false;
  readonly #normalizer = new EventNormalizer();
  #response: unknown = null;

  get finished(): boolean {
    return this.#normalizer.finished;
  }

  get ended(): boolean {
    return this.finished;
  }

  take(data: string): void {
    this.#normalizer.read(data, null, this);
  }

  onEvent(event: JsonObject): void {
    this.hasContent ||= carriesContent(event);
    if (this.#normalizer.finished) this.#response = event['response'];
  }

  body(): Buffer {
    return Buffer.from(JSON.stringify(this.#response));
  }
}
