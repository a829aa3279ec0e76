import { NDJSON } from '../../framing/ndjson.ts';
import { StreamGuard } from '../../stream/stream-guard.ts';
import { estimatedUsage, textBytes } from '../../usage-estimate.ts';
import { carriesContent, readLine, type ReplyLine } from './normalize.ts';

const LF = 10;

/**
 * The guard of a stream for a client of the same wire: holds it until its first content, forwards canonical lines
 * unchanged, writes the others in canonical form, and sees whether the last line has arrived.
 */
export class OllamaChatGuard extends StreamGuard {
  finished = false;
  readonly #estimatedInputTokens: number;
  /** UTF-8 bytes of text and arguments. */
  #bytes = 0;

  /** `estimatedInputTokens`: for the usage of a stream whose upstream counts nothing. */
  constructor(estimatedInputTokens: number) {
    super(NDJSON);
    this.#estimatedInputTokens = estimatedInputTokens;
  }

  protected takeData(data: string): void {
    const line = readLine(Buffer.from(data));
    this.model ??= line.model;
    this.#write(line);
    this.#bytes += replyBytes(line);
    if (this.state === 'held' && carriesContent(line)) this.state = 'open';
    if (!line.done) return;
    this.finished = true;
    this.usage = line.usage ?? estimatedUsage(this.#estimatedInputTokens, this.#bytes);
    this.complete();
  }

  protected complete(): void {
    this.state = 'complete';
  }

  /** Blank lines mean nothing. */
  protected override takeComment(): void {
    // Dropped.
  }

  #write({ value, isOwn }: ReplyLine): void {
    const { buffer, start, end } = this.splitter;
    if (!isOwn) {
      this.output.add(Buffer.from(`${JSON.stringify(value)}\n`));
      return;
    }
    this.output.addRange(buffer, start, end);
    // The last line may lack its line feed (wire case 160).
    if (buffer[end - 1] !== LF) this.output.add(Buffer.from('\n'));
  }
}

/** UTF-8 bytes of a line's text and arguments. */
export function replyBytes({ thinking, content, calls }: ReplyLine): number {
  const given = calls.map(({ arguments: object }) => JSON.stringify(object));
  return textBytes(thinking, content, ...given);
}
