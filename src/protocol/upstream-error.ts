/** An error reply byte for byte, with secrets removed. */
export interface RawError {
  /** null: it was an event in a stream with status 200. */
  readonly status: number | null;
  readonly body: Buffer;
  /** The headers that a client may see; flat: name, value, name, value. */
  readonly headers: readonly string[];
  /** `x-should-retry`; null when absent. */
  readonly shouldRetry: boolean | null;
}

/** An upstream's error body, independent of its envelope. */
export interface UpstreamError {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | null;
  readonly param: string | null;
}

/** Sizes in tokens from an upstream's words about a prompt that is too long; null where it does not give them. */
export interface OverflowSizes {
  readonly tokens: number | null;
  readonly window: number | null;
  /** The limit of the output, where it is what did not fit: the prompt alone would have. */
  readonly output?: number;
  /** The prompt beside that `output`; null where its size is unknown. */
  readonly prompt?: number | null;
}
