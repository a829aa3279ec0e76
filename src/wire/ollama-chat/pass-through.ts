import type { Clock } from '../../util/clock.ts';
import { oneShotStream } from '../chat/one-shot.ts';
import type { Exchange, ScannedRequest, TargetRequest } from '../exchange.ts';
import { NDJSON } from '../framing/ndjson.ts';
import { patchedRequest } from '../patched-request.ts';
import { Assembly } from '../stream/assembly.ts';
import type { DialectEndpoint } from '../wire.ts';
import { ollamaChatCodec } from './codec.ts';
import type { OllamaChatDialect } from './dialect.ts';
import { passReply } from './pass-reply.ts';
import { OllamaChatPatch } from './patch.ts';
import { OllamaChatGuard } from './stream/guard.ts';

/**
 * The exchange if client and upstream both speak `/api/chat`: the client's bytes are sent with a patch, the reply's bytes
 * returned. What the client leaves to the server stays the server's: it cuts a prompt that is too long unless the client
 * forbids it.
 */
export function passThrough(
  request: ScannedRequest,
  endpoint: DialectEndpoint<OllamaChatDialect>,
  target: TargetRequest,
  { wall }: Clock,
): Exchange {
  const patch = new OllamaChatPatch(request, target);
  patch.run(endpoint.dialect);
  const estimatedInputTokens = request.facts.estimatedTokens;
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: NDJSON,
    unary: (body) => passReply(body, estimatedInputTokens),
    stream: () => new OllamaChatGuard(estimatedInputTokens),
    assemble: () => new Assembly(NDJSON, ollamaChatCodec.openAssembler()),
    oneShot: (body) =>
      oneShotStream(body, ollamaChatCodec, ollamaChatCodec, {
        replyOptions: { includeUsage: true, legacyCalls: false },
        modelId: target.modelId,
        wall,
        estimatedInputTokens,
      }),
  };
}
