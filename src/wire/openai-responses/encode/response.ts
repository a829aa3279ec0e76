import type { ChatUsage, FinishReason } from '../../../protocol/chat.ts';
import type { ReplyContext, ResponsesReplyOptions } from '../../codec.ts';
import type { JsonObject } from '../../json/value.ts';
import type { OutputItem } from './output-items.ts';

/** For a request that was not decoded from this wire; only tests have such. */
const NO_OPTIONS: ResponsesReplyOptions = { settings: {}, encrypted: false, tools: new Map() };

/** What the reply needs of the client's request. */
export function optionsOf({
  replyOptions,
}: Pick<ReplyContext<'chat'>, 'replyOptions'>): ResponsesReplyOptions {
  return replyOptions.responses ?? NO_OPTIONS;
}

/** How a reply ended: its status, and why it is incomplete (wire case 183). */
export interface ReplyEnd {
  readonly status: 'completed' | 'incomplete';
  readonly reason: 'max_output_tokens' | 'content_filter' | null;
}

/** The end of a reply by its finish reason. */
export function replyEnd(finish: FinishReason): ReplyEnd {
  switch (finish) {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' };
    case 'content-filter':
      return { status: 'incomplete', reason: 'content_filter' };
    default:
      return { status: 'completed', reason: null };
  }
}

/** What is the same in all `response` objects of one reply. */
export interface ResponseHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly model: string;
  readonly settings: JsonObject;
}

/** The state of a reply; null: it is still running. */
export interface ResponseState {
  readonly end: ReplyEnd | null;
  readonly output: readonly OutputItem[];
  readonly usage: ChatUsage | null;
}

/** A `response` object, with all keys that its type requires (wire case 180). */
export function writeResponse(
  { id, createdAt, model, settings }: ResponseHead,
  { end, output, usage }: ResponseState,
  completedAt: number | null,
): JsonObject {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: end?.status ?? 'in_progress',
    completed_at: end?.status === 'completed' ? completedAt : null,
    error: null,
    incomplete_details: end === null || end.reason === null ? null : { reason: end.reason },
    model,
    output,
    ...settings,
    usage: usage === null ? null : writeUsage(usage),
  };
}

/** Usage in the format of this API, with all totals and details (wire cases 47, 180). */
export function writeUsage(usage: ChatUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: cachedInputTokens ?? 0,
      cache_write_tokens: cacheWriteTokens ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
