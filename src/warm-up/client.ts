import { connect, type Socket } from 'node:net';

/** One keep-alive connection, which sends the next request when the last is answered. */
export class WarmUpClient {
  readonly #socket: Socket;
  #text = '';
  #settle: ((isGood: boolean) => void) | null = null;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (data: Buffer) => {
      this.#text += data.toString('latin1');
      if (isWhole(this.#text)) this.#end(this.#text.startsWith('HTTP/1.1 200'));
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#end(false);
    });
  }

  /** Resolves when the reply has arrived: false unless it is a 200. */
  send(request: Buffer): Promise<boolean> {
    if (this.#socket.destroyed) return Promise.resolve(false);
    this.#text = '';
    this.#socket.write(request);
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Closes the connection; a request in progress resolves with false. */
  close(): void {
    this.#socket.destroy();
    this.#end(false);
  }

  #end(isGood: boolean): void {
    this.#settle?.(isGood);
    this.#settle = null;
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length);
}
