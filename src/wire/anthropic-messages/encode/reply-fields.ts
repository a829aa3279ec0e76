import type { ChatUsage, FinishReason } from '../../../protocol/chat.ts';
import type { ReplyContext } from '../../codec.ts';
import { acceptedCallId } from '../../chat/call-ids.ts';
import { CALL_ID_RULES } from '../tool-rules.ts';
import { estimatedInput, estimatedOutput } from '../../usage-estimate.ts';
import type { JsonObject } from '../../json/value.ts';

/** The upstream's id with Anthropic's prefix, so that the logs of client and upstream can be correlated. */
export function messageId(upstreamId: string | null, client: ReplyContext<'chat'>): string {
  return `msg_${upstreamId?.replace(/^(?:msg_|chatcmpl-)/, '') ?? client.wall().toString(36)}`;
}

/** The call id unchanged, or, if the API would reject it, one derived from it deterministically. */
export function callId(id: string): string {
  return acceptedCallId(id, CALL_ID_RULES);
}

/** The stop reason of a reply. A refusal takes precedence over the finish reason (wire case 112). */
export function stopReason(
  finish: FinishReason,
  stopSequence: string | null,
  refusal: string | null,
): string {
  if (refusal !== null) return 'refusal';
  switch (finish) {
    case 'stop':
      return stopSequence === null ? 'end_turn' : 'stop_sequence';
    case 'length':
      return 'max_tokens';
    case 'tool-calls':
      return 'tool_use';
    case 'content-filter':
      return 'refusal';
  }
}

/** The explanation of a refusal; null for every other stop reason. */
export function stopDetails(reason: string, refusal: string | null): JsonObject | null {
  return reason === 'refusal' ? { type: 'refusal', category: null, explanation: refusal } : null;
}

/**
 * Usage as Anthropic counts it, with cached prompt tokens separate from the others (wire case 50), in `message_delta`.
 * The two required counts are estimated if the upstream reported none, the output as `outputBytes` ÷ 4 (cases 48, 127).
 * All keys that clients of version 2026-10-21 expect are present (case 142; `MessageDeltaUsage` in
 * `@anthropic-ai/sdk`).
 */
export function writeDeltaUsage(
  usage: ChatUsage | null,
  client: ReplyContext<'chat'>,
  outputBytes: number,
): JsonObject {
  const cached = usage?.cachedInputTokens ?? null;
  const written = usage?.cacheWriteTokens ?? null;
  const thinking = usage?.reasoningTokens ?? null;
  return {
    input_tokens:
      usage === null
        ? estimatedInput(client.estimatedInputTokens)
        : Math.max(0, usage.inputTokens - (cached ?? 0) - (written ?? 0)),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens: usage === null ? estimatedOutput(outputBytes) : usage.outputTokens,
    output_tokens_details: thinking === null ? null : { thinking_tokens: thinking },
    server_tool_use: null,
  };
}

/** As `writeDeltaUsage`, for a message, whose usage has more keys (`Usage` in `@anthropic-ai/sdk`). */
export function writeUsage(
  usage: ChatUsage | null,
  client: ReplyContext<'chat'>,
  outputBytes: number,
): JsonObject {
  return {
    ...writeDeltaUsage(usage, client, outputBytes),
    cache_creation: null,
    inference_geo: null,
    service_tier: null,
    speed: null,
  };
}
