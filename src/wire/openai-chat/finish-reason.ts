import type { FinishReason } from '../../protocol/chat.ts';

/** The older word for a call, for clients that sent `functions` (wire case 76). */
export const LEGACY_CALL_FINISH = 'function_call';

/** OpenAI's word for why a reply ended. */
export function writeFinishReason(reason: FinishReason): string {
  switch (reason) {
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
      return 'content_filter';
    default:
      return reason;
  }
}

/**
 * What OpenAI's word means; `function_call` is the older word for a call (wire case 76). A word that is not known yet
 * is an ordinary end.
 */
export function readFinishReason(word: string): FinishReason {
  switch (word) {
    case 'length':
      return 'length';
    case 'tool_calls':
    case LEGACY_CALL_FINISH:
      return 'tool-calls';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'stop';
  }
}

/**
 * The reason that fits what the reply holds: servers say `stop` after a call, upon which agents end early (wire case
 * 62), or promise calls and give none (case 63: an ordinary end). `length` and a filter stand (case 64).
 */
export function fittingFinish(reason: FinishReason, hasCalls: boolean): FinishReason {
  if (reason === 'stop' && hasCalls) return 'tool-calls';
  if (reason === 'tool-calls' && !hasCalls) return 'stop';
  return reason;
}
