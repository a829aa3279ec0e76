import type { UpstreamError } from '../protocol/upstream-error.ts';

/** Why a 200 was no answer. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  /**
   * `error_event`: the upstream reported an error itself (`upstream` holds its words). `malformed`: not what the wire
   * allows. `too_large`: over a limit. `cut`: the reply ended before it was whole;
   * the message says how, as the rest of a sentence about the upstream. `ignored`: the upstream left a
   * part of the request unheeded without which its reply is of no use.
   */
  readonly kind: 'error_event' | 'malformed' | 'too_large' | 'cut' | 'ignored';
  readonly upstream: UpstreamError | null;
  /** The error event's JSON as it came, for classification by wording. */
  readonly raw: Buffer | null;

  constructor(
    kind: WireFault['kind'],
    message: string,
    upstream: UpstreamError | null = null,
    raw: Buffer | null = null,
  ) {
    super(message);
    this.kind = kind;
    this.upstream = upstream;
    this.raw = raw;
  }
}
