import { hash } from 'node:crypto';
import type { ChatUsage, FinishReason } from '../../protocol/chat.ts';
import type { ReplyContext } from '../codec.ts';
import { parseExact } from '../json/exact.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';

/** Characters that the Messages API takes in the id of a call (wire-formats 3.4). */
const CALL_ID = /^[A-Za-z0-9_-]+$/;
const FOREIGN_CHARACTERS = /[^A-Za-z0-9_-]/g;
const KEPT_ID_LENGTH = 40;

const BYTES_PER_TOKEN = 4;

/** The upstream's own id in Anthropic's dress, so that both logs can be laid side by side. */
export function messageId(upstreamId: string | null, client: ReplyContext<'chat'>): string {
  return `msg_${upstreamId?.replace(/^(?:msg_|chatcmpl-)/, '') ?? client.wall().toString(36)}`;
}

/** A call's id as it came, or, where the API would refuse it, one that is always made of it in the same way. */
export function callId(id: string): string {
  if (CALL_ID.test(id)) return id;
  const readable = id.replace(FOREIGN_CHARACTERS, '_').slice(0, KEPT_ID_LENGTH);
  return `${readable}_${hash('sha256', id, 'hex').slice(0, 12)}`;
}

/** The stop reason of a reply (wire-formats 3.4). A refusal is one, whatever reason came with it (case 112). */
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

/** Why the answer was refused; null for every other stop reason. */
export function stopDetails(reason: string, refusal: string | null): JsonObject | null {
  return reason === 'refusal' ? { type: 'refusal', category: null, explanation: refusal } : null;
}

/**
 * Usage in Anthropic's way of counting, where cached prompt tokens are told apart from the others (case 50). The two
 * counts that must be numbers are estimates where the upstream did not count: `outputBytes` ÷ 4 (cases 48, 127).
 * The keys that clients of 2026-10-21 expect are always there (case 142).
 */
export function writeUsage(
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
        ? estimatedInput(client)
        : Math.max(0, usage.inputTokens - (cached ?? 0) - (written ?? 0)),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens: usage === null ? Math.ceil(outputBytes / BYTES_PER_TOKEN) : usage.outputTokens,
    output_tokens_details: thinking === null ? null : { thinking_tokens: thinking },
    cache_creation: null,
    inference_geo: null,
    server_tool_use: null,
    service_tier: null,
    speed: null,
  };
}

/** Never 0: Claude Code keeps what a stream says first (case 48). */
function estimatedInput(client: ReplyContext<'chat'>): number {
  return Math.max(1, client.estimatedInputTokens);
}

/**
 * The arguments of a call as the object that `input` must be. What is no object is wrapped, so that the tool's own
 * check refuses it instead of running with nothing (cases 65, 66). Its numbers stay as they are written (case 99).
 */
export function callInput(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    // A number that no double holds is an object here too: the text tells.
    const parsed = parseExact(text);
    return isJsonObject(parsed) && text.trimStart().startsWith('{') ? parsed : { value: parsed };
  } catch {
    return { invalid_json: text };
  }
}
