import type { ChatReply } from '../../protocol/chat.ts';
import type { ClientCodec, StreamEncoder } from '../hub.ts';
import { writeOpenAiReply } from './reply.ts';
import { OpenAiStreamEncoder } from './stream.ts';

/** OpenAI chat towards a client, for one exchange whose upstream speaks another wire. */
export class OpenAiClientCodec implements ClientCodec {
  readonly #wallClock: () => number;
  readonly #includeUsage: boolean;

  /** `wallClock` gives milliseconds since 1970; `includeUsage` when the client asked for the usage chunk. */
  constructor(wallClock: () => number, includeUsage: boolean) {
    this.#wallClock = wallClock;
    this.#includeUsage = includeUsage;
  }

  writeReply(reply: ChatReply): Buffer {
    return writeOpenAiReply(reply, this.#completionId(reply.id), this.#seconds());
  }

  openStream(): StreamEncoder {
    return new OpenAiStreamEncoder((id) => this.#completionId(id), this.#seconds(), this.#includeUsage);
  }

  /** The upstream's own id in OpenAI's dress, so that both logs can be laid side by side. */
  #completionId(upstreamId: string | null): string {
    const bare = upstreamId?.replace(/^(?:msg_|chatcmpl-)/, '') ?? this.#wallClock().toString(36);
    return `chatcmpl-${bare}`;
  }

  #seconds(): number {
    return Math.floor(this.#wallClock() / 1000);
  }
}
