import type { Clock } from '../../util/clock.ts';
import type { Exchange, ScannedRequest, TargetRequest, UnaryReply } from '../exchange.ts';
import { SSE } from '../framing/sse.ts';
import { patchedRequest } from '../patched-request.ts';
import { Assembly } from '../stream/assembly.ts';
import type { DialectEndpoint } from '../wire.ts';
import { parseResponse } from './decode/reply.ts';
import type { ResponsesDialect } from './dialect.ts';
import { passReply, type PassedReply } from './pass-reply.ts';
import { ResponsesPatch } from './patch.ts';
import { ResponsesAssembler } from './stream/assemble.ts';
import { ResponsesGuard } from './stream/guard.ts';

/**
 * The exchange if client and upstream both speak the Responses API: the client's bytes are sent with a patch, the
 * reply's bytes returned. Throws a `GatewayError` `invalid_json` if a value that must be parsed is not JSON.
 */
export function passThrough(
  request: ScannedRequest,
  endpoint: DialectEndpoint<ResponsesDialect>,
  target: TargetRequest,
  { wall }: Clock,
): Exchange {
  const patch = new ResponsesPatch(request, endpoint.dialect, target);
  patch.run();
  const { trustedStream: trusted, modelId: model } = target;
  const { estimatedTokens: estimatedInputTokens } = request.facts;
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: SSE,
    unary: (body) => passReply(body, { model, now: wall(), estimatedInputTokens }),
    stream: () => new ResponsesGuard({ trusted, model, wall }),
    assemble: () => new Assembly(SSE, new ResponsesAssembler()),
    oneShot: (body) => streamOf(body, { model, wall, estimatedInputTokens }),
  };
}

/** A whole response as a complete stream: the guard makes the events that the last one implies. */
function streamOf(
  body: Buffer,
  { model, wall, estimatedInputTokens }: Omit<PassedReply, 'now'> & Pick<Clock, 'wall'>,
): UnaryReply {
  const reply = passReply(body, { model, now: wall(), estimatedInputTokens });
  const guard = new ResponsesGuard({ trusted: false, model, wall });
  const last = { type: 'response.completed', response: parseResponse(body) };
  const stream = guard.push(Buffer.from(`data: ${JSON.stringify(last)}\n\n`));
  if (guard.fault !== null) throw guard.fault;
  return { ...reply, body: stream ?? Buffer.alloc(0) };
}
