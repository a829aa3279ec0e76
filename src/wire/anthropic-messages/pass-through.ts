import type { Clock } from '../../util/clock.ts';
import { Assembly } from '../stream/assembly.ts';
import { oneShotStream } from '../chat/one-shot.ts';
import type { Exchange, ScannedRequest, TargetRequest } from '../exchange.ts';
import { SSE } from '../framing/sse.ts';
import { patchedRequest } from '../patched-request.ts';
import type { DialectEndpoint } from '../wire.ts';
import { messagesCodec } from './codec.ts';
import type { MessagesDialect } from './dialect.ts';
import { passReply } from './pass-reply.ts';
import { MessagesPatch } from './patch.ts';
import { MessagesGuard } from './stream/guard.ts';

/**
 * Client and upstream both speak Messages: the client's bytes go out with a patch, the reply's come back. Throws a
 * `GatewayError` `invalid_json` where a value that must be read proves to be none.
 */
export function passThrough(
  request: ScannedRequest,
  endpoint: DialectEndpoint<MessagesDialect>,
  target: TargetRequest,
  { wall }: Clock,
): Exchange {
  const patch = new MessagesPatch(request, target);
  patch.run(endpoint.dialect);
  const estimatedInputTokens = request.facts.estimatedTokens;
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: SSE,
    unary: passReply,
    stream: () => new MessagesGuard(estimatedInputTokens),
    assemble: () => new Assembly(SSE, messagesCodec.openAssembler()),
    oneShot: (body) =>
      oneShotStream(body, messagesCodec, messagesCodec, {
        // This wire always reports the usage.
        wishes: { includeUsage: true, legacyCalls: false },
        modelId: target.modelId,
        wall,
        estimatedInputTokens,
      }),
  };
}
