/** An error reply byte for byte, without anything secret. */
export interface RawError {
  /** null: it came as an event inside a 200. */
  readonly status: number | null;
  readonly body: Buffer;
  /** Those that a client gets to see; flat: name, value, name, value. */
  readonly headers: readonly string[];
  /** `x-should-retry`, where it came with one. */
  readonly shouldRetry: boolean | null;
}

/** An upstream's error body, whatever envelope it came in. */
export interface UpstreamError {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | null;
  readonly param: string | null;
}
