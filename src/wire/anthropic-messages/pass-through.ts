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
import { restoreArguments } from './restore-arguments.ts';
import { MessagesGuard } from './stream/guard.ts';

/**
 * The exchange if client and upstream both speak Messages: the client's bytes are sent with a patch, the reply's bytes
 * returned. Throws a `GatewayError` `invalid_json` if a value that must be parsed is not JSON.
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
  const { argumentKeys: keys } = patch;
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: SSE,
    unary: (body) => passReply(body, { keys, estimatedInputTokens }),
    stream: () => new MessagesGuard(estimatedInputTokens, keys),
    assemble: () => new Assembly(SSE, messagesCodec.openAssembler()),
    oneShot: (body) =>
      oneShotStream(keys === null ? body : restoreArguments(body, keys), messagesCodec, messagesCodec, {
        // This wire always reports usage.
        replyOptions: { includeUsage: true, legacyCalls: false },
        modelId: target.modelId,
        wall,
        estimatedInputTokens,
      }),
  };
}
