import type { ChatReply } from '../../protocol/chat.ts';
import type { StreamEvent } from '../../protocol/stream-event.ts';
import type { ReplyContext, StreamEncoder } from '../codec.ts';
import { gatherParts } from '../ollama-chat/encode/reply-fields.ts';
import { writeWholeReply } from '../ollama-chat/encode/whole-reply.ts';
import { LineWriter } from '../ollama-chat/stream/line-writer.ts';

/** Encodes a whole reply for a client of `/api/generate`. Without tools in its requests it has no calls. */
export function encodeGenerateReply(reply: ChatReply, client: ReplyContext<'chat'>): Buffer {
  const { content, thinking } = gatherParts(reply.parts, reply.refusal);
  return writeWholeReply(reply, { response: content, ...(thinking === '' ? {} : { thinking }) }, client);
}

/** Encodes a stream for a client of `/api/generate`: a line for each piece, and the counts in the last one. */
export class GenerateStreamEncoder implements StreamEncoder {
  readonly #lines: LineWriter;

  constructor(client: ReplyContext<'chat'>) {
    this.#lines = new LineWriter(client);
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'reply-start':
        this.#lines.start(event);
        return '';
      case 'text-delta':
      case 'refusal-delta':
        this.#lines.count(event.text);
        return this.#lines.line(`"response":${JSON.stringify(event.text)}`);
      case 'thinking-delta':
        this.#lines.count(event.text);
        return this.#lines.line(`"response":"","thinking":${JSON.stringify(event.text)}`);
      case 'reply-finish':
        return this.#lines.last('"response":""', event);
      default:
        return '';
    }
  }
}
