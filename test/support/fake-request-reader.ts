import type { Socket } from 'node:net';

/** A request's bytes, taken apart. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** Reads one HTTP/1.1 request after the other from a socket, those with `content-length` or without a body. */
export class RequestReader {
  /** What has come and is not taken yet; joined only when it may be a whole request, or large ones take minutes. */
  private chunks: Buffer[] = [];
  private size = 0;
  private needed = 0;
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      this.wake();
    });
    socket.once('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  /** The next whole request, or null when the connection is closed first. */
  async next(): Promise<RawRequest | null> {
    for (;;) {
      const request = this.take();
      if (request !== null) return request;
      if (this.ended) return null;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private take(): RawRequest | null {
    if (this.size < this.needed) return null;
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [bytes];
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
    const rawHeaders = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of rawHeaders) {
      const before = headers[name.toLowerCase()];
      headers[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`;
    }
    if (headers['transfer-encoding'] !== undefined)
      throw new Error('the fake upstream reads no chunked requests');
    const start = end + 4;
    const length = Number(headers['content-length'] ?? 0);
    this.needed = start + length;
    if (bytes.length < this.needed) return null;
    const body = bytes.subarray(start, this.needed);
    this.chunks = [bytes.subarray(this.needed)];
    this.size = bytes.length - this.needed;
    this.needed = 0;
    const [method = '', path = ''] = first.split(' ');
    return { method, path, headers, rawHeaders, body };
  }
}
