import { SSE } from '../framing/sse.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { doneTooSoon, isDone } from '../openai-chat/stream/read-chunk.ts';
import { readUsage } from '../openai-chat/usage.ts';
import { StreamGuard } from '../stream/stream-guard.ts';
import { Choices, readCompletionChunk } from './choices.ts';

const DONE = Buffer.from('data: [DONE]\n\n');

/**
 * The guard of a stream of completions: holds it until its first text, passes the bytes of its events unchanged,
 * removes a usage that the client did not request, and tracks whether the stream is complete.
 */
export class CompletionsGuard extends StreamGuard {
  readonly #showsUsage: boolean;
  readonly #choices = new Choices();

  constructor(showsUsage: boolean) {
    super(SSE);
    this.#showsUsage = showsUsage;
  }

  protected takeData(data: string): void {
    if (isDone(data)) {
      if (!this.finished) throw doneTooSoon();
      this.complete();
      return;
    }
    const chunk = readCompletionChunk(data);
    if (chunk === null) return;
    this.model ??= filledString(chunk['model']);
    this.usage = readUsage(chunk) ?? this.usage;
    if (this.#choices.take(chunk['choices'])) this.state = 'open';
    if (this.#showsUsage || !isJsonObject(chunk['usage'])) {
      this.output.addEvent(this.splitter);
    } else if (Array.isArray(chunk['choices']) && chunk['choices'].length > 0) {
      this.output.add(Buffer.from(`data: ${JSON.stringify({ ...chunk, usage: undefined })}\n\n`));
    }
  }

  get finished(): boolean {
    return this.#choices.finished;
  }

  protected complete(): void {
    this.output.add(DONE);
    this.state = 'complete';
  }
}
