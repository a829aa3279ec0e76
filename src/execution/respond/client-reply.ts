import type { ClientConnection, DisconnectListener } from './client-connection.ts';
import { Heartbeat, type HeartbeatSource } from './heartbeat.ts';

/** The reply to one client. */
export class ClientReply implements DisconnectListener {
  readonly #connection: ClientConnection;
  #heartbeat: Heartbeat | null = null;
  #listener: DisconnectListener | null = null;
  #aborted: AbortController | null = null;

  constructor(connection: ClientConnection) {
    this.#connection = connection;
    connection.onDisconnect(this);
  }

  get disconnected(): boolean {
    return this.#connection.disconnected;
  }

  get headSent(): boolean {
    return this.#connection.headSent;
  }

  /** Aborted when the client disconnects. Made on demand: only work on large bodies needs one. */
  get signal(): AbortSignal {
    if (this.#aborted === null) {
      this.#aborted = new AbortController();
      if (this.disconnected) this.#aborted.abort();
    }
    return this.#aborted.signal;
  }

  /** Sets the listener, in place of the one before; it is called at once when the client has already disconnected. */
  onDisconnect(listener: DisconnectListener): void {
    this.#listener = listener;
    if (this.disconnected) listener.clientDisconnected();
  }

  clientDisconnected(): void {
    this.#stopHeartbeat();
    this.#aborted?.abort();
    this.#listener?.clientDisconnected();
  }

  /** Keeps the connection alive until the first call of `head`, `write` or `end`. */
  startHeartbeat(source: HeartbeatSource): void {
    this.#heartbeat = new Heartbeat(this.#connection, source);
  }

  /** Sends status and headers; `headers` is flat: name, value, name, value. */
  head(status: number, headers: readonly string[]): void {
    this.#stopHeartbeat();
    this.#connection.head(status, headers);
  }

  /** false: the client reads slower than this; wait for `onDrain`. */
  write(chunk: Buffer): boolean {
    if (this.#heartbeat !== null) this.#stopHeartbeat();
    return this.#connection.write(chunk);
  }

  /** Calls back once, when more may be written. */
  onDrain(listener: () => void): void {
    this.#connection.onDrain(listener);
  }

  end(chunk?: Buffer): void {
    this.#stopHeartbeat();
    this.#connection.end(chunk);
  }

  /** Closes the connection without a proper end: the client has stopped reading. */
  destroy(): void {
    this.#connection.destroy();
  }

  #stopHeartbeat(): void {
    this.#heartbeat?.stop();
    this.#heartbeat = null;
  }
}
