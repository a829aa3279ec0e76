import type { ChatUsage, FinishReason } from './chat.ts';

/**
 * An event of a vendor-neutral streamed reply. In order: one `reply-start`; then parts, one open at a time (consecutive
 * deltas of one kind form a part, a call extends from its `tool-call-start` to its `tool-call-end`); one `reply-finish`.
 * A stream without `reply-finish` was cut off. A later `usage` replaces an earlier one.
 */
export type StreamEvent =
  | {
      readonly type: 'reply-start';
      readonly id: string | null;
      readonly model: string | null;
      /** What is known so far (wire case 48). */
      readonly usage: ChatUsage | null;
    }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'thinking-delta'; readonly text: string }
  /** Ends the preceding thinking; one for each thinking block that has a signature. */
  | { readonly type: 'thinking-signature'; readonly signature: string }
  | { readonly type: 'redacted-thinking'; readonly data: string }
  /** `state` as in `CallState`, as far as it has arrived; absent: none. */
  | { readonly type: 'tool-call-start'; readonly id: string; readonly name: string; readonly state?: string }
  /** A piece of the arguments' JSON text, never empty. */
  | { readonly type: 'tool-call-delta'; readonly arguments: string }
  /** With the state that arrived after the start. */
  | { readonly type: 'tool-call-end'; readonly state?: string }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | {
      readonly type: 'reply-finish';
      readonly reason: FinishReason;
      readonly stopSequence: string | null;
      readonly usage: ChatUsage | null;
    };
