import type { ChatUsage, FinishReason } from './chat.ts';

/**
 * A streamed reply in the words of no vendor. In order: one `reply-start`; then parts, of which one is open at a time:
 * deltas of one kind belong together until another kind begins, a call from its `tool-call-start` to its
 * `tool-call-end`; one `reply-finish`. A stream that ends without the last one was cut. `usage` may stand anywhere after
 * the start, a later one replaces an earlier one.
 */
export type StreamEvent =
  | {
      readonly type: 'reply-start';
      readonly id: string | null;
      readonly model: string | null;
      /** What is known already (wire case 48). */
      readonly usage: ChatUsage | null;
    }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'thinking-delta'; readonly text: string }
  /** Ends the thinking before it; comes once for each thinking block that has one. */
  | { readonly type: 'thinking-signature'; readonly signature: string }
  | { readonly type: 'redacted-thinking'; readonly data: string }
  | { readonly type: 'tool-call-start'; readonly id: string; readonly name: string }
  /** A piece of the arguments' JSON text, never empty. */
  | { readonly type: 'tool-call-delta'; readonly arguments: string }
  | { readonly type: 'tool-call-end' }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | {
      readonly type: 'reply-finish';
      readonly reason: FinishReason;
      readonly stopSequence: string | null;
      readonly usage: ChatUsage | null;
    };
