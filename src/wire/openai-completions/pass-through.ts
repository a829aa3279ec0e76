import { Assembly } from '../stream/assembly.ts';
import type { Exchange, ScannedRequest, TargetRequest, UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { requireFinish } from '../finish-words.ts';
import { SSE } from '../framing/sse.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { BodyPatch } from '../json/patch.ts';
import { scanFields } from '../json/scan.ts';
import { readUsage, writeUsage } from '../openai-chat/usage.ts';
import { estimatedUsage, textBytes } from '../usage-estimate.ts';
import { patchedRequest } from '../patched-request.ts';
import { parseReply } from '../reply-body.ts';
import type { DialectEndpoint } from '../wire.ts';
import { CompletionsAssembler } from './assemble.ts';
import { requireCompletion } from './choices.ts';
import type { CompletionsDialect } from './dialect.ts';
import { CompletionsGuard } from './guard.ts';
import { CompletionsPatch } from './patch.ts';

/**
 * Client and upstream both use OpenAI's completions: the client's bytes go out with a patch, and the reply's bytes come
 * back. Throws a `GatewayError` `unsupported_parameter` for a prompt that this upstream does not support.
 */
export function passThrough(
  request: ScannedRequest,
  endpoint: DialectEndpoint<CompletionsDialect>,
  target: TargetRequest,
): Exchange {
  const patch = new CompletionsPatch(request, endpoint.dialect, target);
  patch.run();
  return {
    ...patchedRequest(request, endpoint, patch),
    framing: SSE,
    unary: (body) => withUsage(passReply(body), request.facts.estimatedTokens),
    stream: () => new CompletionsGuard(patch.showsUsage),
    assemble: () => new Assembly(SSE, new CompletionsAssembler()),
    oneShot,
  };
}

/** A usage that the upstream did not report is estimated. */
function withUsage(reply: UnaryReply, estimatedInputTokens: number): UnaryReply {
  if (reply.usage !== null) return reply;
  const { choices } = parseReply(reply.body);
  const texts = (choices as readonly JsonObject[]).map(({ text }) => text);
  const usage = estimatedUsage(estimatedInputTokens, textBytes(...texts));
  const patch = new BodyPatch(reply.body, scanFields(reply.body));
  patch.set('usage', JSON.stringify(writeUsage(usage)));
  return { ...reply, body: Buffer.concat([patch.apply()].flat()), usage };
}

/** A chunk of a stream and a unary reply have the same shape. */
function oneShot(body: Buffer): UnaryReply {
  const reply = passReply(body);
  return {
    ...reply,
    body: Buffer.concat([Buffer.from('data: '), reply.body, Buffer.from('\n\ndata: [DONE]\n\n')]),
  };
}

/**
 * Checks a unary reply and reads its usage; its bytes pass unchanged. Throws a `WireFault` when it is not a whole
 * completion.
 */
export function passReply(body: Buffer): UnaryReply {
  const reply = parseReply(body);
  const { choices } = reply;
  if (!Array.isArray(choices) || choices.length === 0 || !choices.every(isChoice)) {
    throw new WireFault('malformed', 'the reply has no choices');
  }
  for (const choice of choices) {
    requireCompletion(choice);
    requireFinish(choice['finish_reason']);
  }
  return { body, usage: readUsage(reply), model: filledString(reply['model']), signatures: [] };
}

function isChoice(choice: unknown): choice is JsonObject {
  return isJsonObject(choice) && typeof choice['text'] === 'string';
}
