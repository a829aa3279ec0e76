import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ReplyContext, StreamEncoder } from '../../codec.ts';
import { writeCall } from '../encode/reply-fields.ts';
import { LineWriter } from './line-writer.ts';

const EMPTY = message('""');

/**
 * Encodes a stream for a client of `/api/chat`: a line for each piece, a call in one line as soon as it is whole, and the
 * counts in the last one. Signatures of thinking have no place in it.
 */
export class OllamaChatStreamEncoder implements StreamEncoder {
  readonly #lines: LineWriter;
  #call = { id: '', name: '', arguments: '' };
  #calls = 0;

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
        return this.#lines.line(message(JSON.stringify(event.text)));
      case 'thinking-delta':
        this.#lines.count(event.text);
        return this.#lines.line(message('""', `,"thinking":${JSON.stringify(event.text)}`));
      case 'thinking-signature':
      case 'redacted-thinking':
        return '';
      case 'tool-call-start':
        this.#call = { id: event.id, name: event.name, arguments: '' };
        return '';
      case 'tool-call-delta':
        this.#lines.count(event.arguments);
        this.#call.arguments += event.arguments;
        return '';
      case 'tool-call-end':
        return this.#endCall();
      case 'reply-finish':
        return this.#lines.last(EMPTY, event);
    }
  }

  #endCall(): string {
    const { id, name, arguments: text } = this.#call;
    this.#lines.count('');
    const call = writeCall(id, name, text, this.#calls);
    this.#calls += 1;
    return this.#lines.line(message('""', `,"tool_calls":${JSON.stringify([call])}`));
  }
}

/** The message of a line; `content` is JSON text. */
function message(content: string, more = ''): string {
  return `"message":{"role":"assistant","content":${content}${more}}`;
}
