import type { Clock } from '../../util/clock.ts';
import { Assembly } from '../stream/assembly.ts';
import { oneShotStream } from '../chat/one-shot.ts';
import type { Exchange, ScannedRequest, TargetRequest, UnaryReply } from '../exchange.ts';
import { SSE } from '../framing/sse.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { estimatedUsage } from '../usage-estimate.ts';
import { patchedRequest } from '../patched-request.ts';
import { WarningList } from '../warning-list.ts';
import type { DialectEndpoint } from '../wire.ts';
import { fitBody } from './messages/fit-body.ts';
import { openAiChatCodec } from './codec.ts';
import { parseCompletion } from './decode/reply.ts';
import type { OpenAiChatDialect } from './dialect.ts';
import type { NormalizeContext } from './normalize/context.ts';
import { normalizeReply, presentReply } from './normalize/rules.ts';
import { replyBytes } from './reply-bytes.ts';
import { RequestPatch } from './patch.ts';
import { OpenAiGuard } from './stream/guard.ts';
import { readUsage, writeUsage } from './usage.ts';

/**
 * Client and upstream both use OpenAI chat: the client's bytes go out with a patch, and the reply's bytes come back.
 * Throws a `GatewayError`: `invalid_json` when a value that must be read is not JSON, `unsupported_parameter` for a
 * request that this upstream cannot serve.
 */
export function passThrough(
  request: ScannedRequest,
  endpoint: DialectEndpoint<OpenAiChatDialect>,
  target: TargetRequest,
  { wall }: Clock,
): Exchange {
  const warnings = new WarningList();
  const fitted = fitBody(request, endpoint.dialect.quirks, warnings);
  const patch = new RequestPatch(fitted, endpoint.dialect, target, warnings);
  patch.run();
  const usage = patch.usageWish;
  const generateIds = endpoint.dialect.quirks.idsRepeat === true;
  const context: NormalizeContext = { model: target.modelId, generateIds, wall, random: Math.random };
  // The guard reads only the first and last events of a trusted stream: too few to see the end of each of n choices.
  const trusted = target.trustedStream && patch.choices === 1;
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: SSE,
    unary: (body) => passReply(body, context, request.facts.estimatedTokens),
    stream: () => new OpenAiGuard({ trusted, usage, context }),
    assemble: () => new Assembly(SSE, openAiChatCodec.openAssembler()),
    oneShot: (body) =>
      oneShotStream(body, openAiChatCodec, openAiChatCodec, {
        replyOptions: { includeUsage: usage !== 'hidden', legacyCalls: false },
        modelId: target.modelId,
        wall,
        estimatedInputTokens: request.facts.estimatedTokens,
      }),
  };
}

/**
 * Checks a unary reply for a client of this wire, reads its usage and normalizes it; its bytes pass unchanged if no
 * rule applies. A usage that the upstream did not report is estimated. Throws a `WireFault` as `parseCompletion` does.
 */
export function passReply(body: Buffer, context: NormalizeContext, estimatedInputTokens: number): UnaryReply {
  const reply = parseCompletion(body);
  const counted = readUsage(reply);
  const model = filledString(reply['model']);
  let changed = normalizeReply(reply, context);
  if (presentReply(reply, context)) changed = true;
  const usage = counted ?? estimatedUsage(estimatedInputTokens, replyBytes(reply));
  if (!isJsonObject(reply['usage'])) {
    // Reported only in llama-server's timings or Groq's own field, or not at all; Zed fails without `usage`.
    reply['usage'] = writeUsage({ ...usage, cacheWriteTokens: null });
    changed = true;
  }
  return { body: changed ? Buffer.from(JSON.stringify(reply)) : body, usage, model, signatures: [] };
}
