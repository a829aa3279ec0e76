import type { ChatUsage, FinishReason } from './chat.ts';

/**
 * A streamed reply in the words of no vendor. In order: one `reply-start`, any number of deltas, one `reply-finish`.
 * A stream that ends without the last one was cut.
 */
export type StreamEvent =
  | { readonly type: 'reply-start'; readonly id: string | null; readonly model: string | null }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | { readonly type: 'reply-finish'; readonly reason: FinishReason; readonly usage: ChatUsage | null };
