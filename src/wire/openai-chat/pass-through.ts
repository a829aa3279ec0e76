import type { Clock } from '../../util/clock.ts';
import { Assembly } from '../stream/assembly.ts';
import { oneShotStream } from '../chat/one-shot.ts';
import type { Exchange, ScannedRequest, TargetRequest } from '../exchange.ts';
import { SSE } from '../framing/sse.ts';
import { patchedRequest } from '../patched-request.ts';
import type { DialectEndpoint } from '../wire.ts';
import { openAiChatCodec } from './codec.ts';
import type { OpenAiChatDialect } from './dialect.ts';
import type { NormalizeContext } from './normalize/rule.ts';
import { passReply } from './pass-reply.ts';
import { RequestPatch } from './patch.ts';
import { OpenAiGuard } from './stream/guard.ts';

/**
 * Client and upstream both speak OpenAI chat: the client's bytes go out with a patch, the reply's come back. Throws a
 * `GatewayError`: `invalid_json` where a value that must be read proves to be none, `unsupported_parameter` for what
 * this upstream cannot give.
 */
export function passThrough(
  request: ScannedRequest,
  endpoint: DialectEndpoint<OpenAiChatDialect>,
  target: TargetRequest,
  { wall }: Clock,
): Exchange {
  const patch = new RequestPatch(request, endpoint.dialect, target);
  patch.run();
  const usage = patch.usageWish;
  const ownIds = endpoint.dialect.quirks.idsRepeat === true;
  const context: NormalizeContext = { model: target.modelId, ownIds, wall, random: Math.random };
  // Only the first and the last events of a trusted stream are read: too few to see that each of n choices ended.
  const trusted = target.trustedStream && patch.choices === 1;
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: SSE,
    unary: (body) => passReply(body, context),
    stream: () => new OpenAiGuard({ trusted, usage, context }),
    assemble: () => new Assembly(SSE, openAiChatCodec.openAssembler()),
    oneShot: (body) =>
      oneShotStream(body, openAiChatCodec, openAiChatCodec, {
        wishes: { includeUsage: usage !== 'hidden', legacyCalls: false },
        modelId: target.modelId,
        wall,
        estimatedInputTokens: request.facts.estimatedTokens,
      }),
  };
}
