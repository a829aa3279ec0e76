import type { UpstreamHandler } from '../../src/providers/provider.ts';

/** Records the callbacks of one upstream call, in order. */
export class UpstreamRecorder implements UpstreamHandler {
  /** `sent`, `headers`, `data`, `end`, `error` in order; consecutive `data` is recorded once. */
  readonly events: string[] = [];
  status: number | null = null;
  readonly headers: Record<string, string> = {};
  readonly chunks: Buffer[] = [];
  error: (Error & { code?: unknown }) | null = null;
  /** Resolves at the end or the error. */
  readonly over: Promise<void>;
  private resolve: () => void = () => undefined;

  constructor() {
    this.over = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  get body(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** Bytes of the body so far. */
  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  onSent(): void {
    this.events.push('sent');
  }

  onHeaders(status: number, headers: readonly Buffer[] | readonly string[]): void {
    this.events.push('headers');
    this.status = status;
    for (let at = 0; at < headers.length; at += 2) {
      this.headers[String(headers[at]).toLowerCase()] = String(headers[at + 1]);
    }
  }

  onData(chunk: Buffer): void {
    if (this.events.at(-1) !== 'data') this.events.push('data');
    this.chunks.push(chunk);
  }

  onEnd(): void {
    this.events.push('end');
    this.resolve();
  }

  onError(error: Error): void {
    this.events.push('error');
    this.error = error;
    this.resolve();
  }
}
