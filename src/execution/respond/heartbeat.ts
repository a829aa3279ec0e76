import { FIRST_HEARTBEAT_MS, HEARTBEAT_INTERVAL_MS } from '../timeouts.ts';
import type { ClientConnection } from './client-connection.ts';

/** What a heartbeat sends. */
export interface HeartbeatSource {
  /** The head of the stream, sent with the first beat. Flat: name, value, name, value. */
  streamHead(): readonly string[];
  /** One beat, in the framing of the client's surface. */
  beat(): Buffer;
}

/**
 * Keeps the connection of a streaming client alive until the commit: after 10 s it sends the head with status 200 and a
 * beat, then a beat every 15 s, while the target may still change.
 */
export class Heartbeat {
  readonly #connection: ClientConnection;
  readonly #source: HeartbeatSource;
  #timer: NodeJS.Timeout;

  constructor(connection: ClientConnection, source: HeartbeatSource) {
    this.#connection = connection;
    this.#source = source;
    this.#timer = setTimeout(this.#send, FIRST_HEARTBEAT_MS);
  }

  /** Sends nothing from now on. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #send = (): void => {
    const connection = this.#connection;
    if (connection.disconnected) return;
    if (!connection.headSent) connection.head(200, this.#source.streamHead());
    connection.write(this.#source.beat());
    this.#timer = setTimeout(this.#send, HEARTBEAT_INTERVAL_MS);
  };
}
