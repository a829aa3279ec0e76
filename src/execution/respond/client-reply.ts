/** Hears that the client has left. */
export interface DisconnectListener {
  clientDisconnected(): void;
}

/** The client's end of a request, as far as execution needs it. */
export interface ClientReply {
  /** The client has closed its connection. */
  readonly disconnected: boolean;
  readonly headSent: boolean;
  /** Says who hears when the client leaves before the end; the latest one is the one that counts. */
  onDisconnect(listener: DisconnectListener): void;
  /** Status and headers; `headers` is flat: name, value, name, value. */
  head(status: number, headers: readonly string[]): void;
  /** false: the client reads slower than this; wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  /** Calls back once, when more may be written. */
  onDrain(listener: () => void): void;
  end(chunk?: Buffer): void;
  /** Cuts the connection: a client that no longer reads, or a reply that cannot be ended honestly. */
  destroy(): void;
}
