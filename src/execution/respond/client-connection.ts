/** Is called when the client disconnects. */
export interface DisconnectListener {
  clientDisconnected(): void;
}

/** The connection to the client, as the HTTP server provides it. */
export interface ClientConnection {
  readonly disconnected: boolean;
  readonly headSent: boolean;
  /** Sets the one listener. */
  onDisconnect(listener: DisconnectListener): void;
  /** Sends status and headers; `headers` is flat: name, value, name, value. */
  head(status: number, headers: readonly string[]): void;
  /** false: the client reads slower than this; wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  /** Calls back once, when more may be written. */
  onDrain(listener: () => void): void;
  end(chunk?: Buffer): void;
  /** Closes the connection without a proper end. */
  destroy(): void;
}
