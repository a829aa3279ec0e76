import type { UpstreamHandler } from '../../src/providers/provider.ts';

/** Hears one upstream call and keeps what it heard, in order. */
export class UpstreamRecorder implements UpstreamHandler {
  /** `sent`, `headers`, `data`, `end`, `error` as they came; a run of `data` is one. */
  readonly heard: string[] = [];
  status: number | null = null;
  readonly headers: Record<string, string> = {};
  readonly chunks: Buffer[] = [];
  error: (Error & { code?: unknown }) | null = null;
  /** Resolves at the end or the error, whichever comes. */
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
    this.heard.push('sent');
  }

  onHeaders(status: number, headers: readonly Buffer[] | readonly string[]): void {
    this.heard.push('headers');
    this.status = status;
    for (let at = 0; at < headers.length; at += 2) {
      this.headers[String(headers[at]).toLowerCase()] = String(headers[at + 1]);
    }
  }

  onData(chunk: Buffer): void {
    if (this.heard.at(-1) !== 'data') this.heard.push('data');
    this.chunks.push(chunk);
  }

  onEnd(): void {
    this.heard.push('end');
    this.resolve();
  }

  onError(error: Error): void {
    this.heard.push('error');
    this.error = error;
    this.resolve();
  }
}
