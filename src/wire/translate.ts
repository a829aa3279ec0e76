import type { Warning } from '../protocol/wire.ts';
import type { WireCodec } from './codec.ts';
import type { Body, ClientRequest, TargetRequest, UpstreamDialect } from './exchange.ts';

/** A client's request in its upstream's wire, and what the way back must know of it. */
export interface Translation {
  readonly body: Body;
  readonly warnings: readonly Warning[];
  /** The client asked for the usage of its stream. */
  readonly includeUsage: boolean;
  /** As in `DecodedRequest`. */
  readonly legacyCalls?: boolean;
  /** As in `EncodedRequest`. */
  readonly toolNames?: ReadonlyMap<string, string>;
}

/**
 * Takes a request from the client's wire to the upstream's, through the neutral vocabulary. Throws a `GatewayError`:
 * `unsupported_parameter` for what cannot be carried, `invalid_body` for a value of a wrong type.
 */
export function translate(
  request: ClientRequest,
  dialect: UpstreamDialect,
  target: TargetRequest,
  client: WireCodec,
  upstream: WireCodec,
): Translation {
  const decoded = client.decodeRequest(request, target.params);
  const stream = decoded.request.stream || dialect.unaryAsStream;
  const asked = stream === decoded.request.stream ? decoded.request : { ...decoded.request, stream };
  const encoded = upstream.encodeRequest(asked, target, dialect);
  return {
    body: encoded.body,
    warnings: [...decoded.warnings, ...encoded.warnings],
    includeUsage: decoded.includeUsage,
    ...(decoded.legacyCalls === true ? { legacyCalls: true } : null),
    ...(encoded.toolNames === undefined ? null : { toolNames: encoded.toolNames }),
  };
}
