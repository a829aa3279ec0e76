import type { UpstreamError } from '../protocol/upstream-error.ts';

/** Why an upstream reply with status 200 is invalid. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  /**
   * `error_event`: the upstream reported an error itself (parsed in `upstream`). `malformed`: not valid for the wire.
   * `too_large`: over a limit. `cut`: the reply ended early; the message is a predicate whose subject is the upstream.
   * `ignored`: the upstream ignored a part of the request, which makes its reply useless.
   */
  readonly kind: 'error_event' | 'malformed' | 'too_large' | 'cut' | 'ignored';
  readonly upstream: UpstreamError | null;
  /** The error event's JSON as received, for classification by wording. */
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
