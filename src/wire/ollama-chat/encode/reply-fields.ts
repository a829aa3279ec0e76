import type { ChatUsage, FinishReason, ReplyPart } from '../../../protocol/chat.ts';
import { callInput } from '../../chat/call-input.ts';
import type { JsonObject } from '../../json/value.ts';

const NANOSECONDS = 1_000_000;

/** When a reply was requested, began and ended, in milliseconds since 1970. */
export interface ReplyTimes {
  readonly started: number;
  /** The first content; null: the reply came as a whole, so that it is not known. */
  readonly first: number | null;
  readonly ended: number;
}

/**
 * The fields of a reply's last line after its content, durations in nanoseconds. As measured here: the time until the
 * first content counts for the prompt, with any loading. Of a reply that came at once only the sum is known, which counts
 * for the answer.
 */
export function finalFields(
  reason: string,
  { started, first, ended }: ReplyTimes,
  usage: ChatUsage,
): JsonObject {
  const prompt = first === null || first >= ended ? 0 : first - started;
  return {
    done: true,
    done_reason: reason,
    total_duration: measured(ended - started),
    load_duration: 0,
    prompt_eval_count: usage.inputTokens,
    prompt_eval_duration: Math.max(0, prompt) * NANOSECONDS,
    eval_count: usage.outputTokens,
    eval_duration: measured(ended - started - prompt),
  };
}

/** At least what the clock can measure, since clients divide by it; the clock may also be set back meanwhile. */
function measured(ms: number): number {
  return Math.max(1, ms) * NANOSECONDS;
}

/** Ollama reports calls as `stop`, and has no filter of its own. */
export function doneReason(finish: FinishReason): string {
  switch (finish) {
    case 'stop':
    case 'tool-calls':
      return 'stop';
    case 'length':
      return 'length';
    case 'content-filter':
      return 'content_filter';
  }
}

/** One call of a message, number `index` of its reply, with its arguments as an object (wire case 154). */
export function writeCall(id: string, name: string, text: string, index: number): JsonObject {
  return { id, function: { index, name, arguments: callInput(text) } };
}

/** The texts and calls of a reply, as a message has them. Ollama has no signatures of thinking. */
export function gatherParts(
  parts: readonly ReplyPart[],
  refusal: string | null,
): { readonly content: string; readonly thinking: string; readonly calls: readonly JsonObject[] } {
  let content = '';
  let thinking = '';
  const calls: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === 'text') content += part.text;
    else if (part.type === 'thinking') thinking += part.text;
    else if (part.type === 'tool-call')
      calls.push(writeCall(part.id, part.name, part.arguments, calls.length));
  }
  return { content: content + (refusal ?? ''), thinking, calls };
}
