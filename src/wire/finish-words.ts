import type { FinishReason } from '../protocol/chat.ts';
import { WireFault } from './fault.ts';

/** Longest word that is repeated in a message, in characters. */
const MAX_WORD_LENGTH = 80;

/** What the word for the end of a reply means: an end, or that the server broke off. */
export type FinishMeaning = FinishReason | 'failure';

/**
 * The words that servers use instead of those of their wire, in lower case. Sources: api-docs.deepseek.com (Create Chat
 * Completion), docs.z.ai (Chat Completion), docs.mistral.ai (Chat Completion), ai.google.dev and Vertex AI
 * (FinishReason), docs.cohere.com (Chat, finish_reason), AWS Bedrock (Converse, stopReason), IBM watsonx.ai
 * (stop_reason), openrouter.ai/docs (Errors and Debugging), vLLM 0.32 (`abort`, seen), TGI (FinishReason);
 * earendil-works/pi#2313, NousResearch/hermes-agent#83886, mozilla-ai/any-llm#1202, googleapis/python-genai#1836.
 */
const WORDS: Readonly<Record<FinishMeaning, readonly string[]>> = {
  stop: ['stop', 'end_turn', 'eos', 'eos_token', 'stop_sequence', 'complete', 'completed'],
  'tool-calls': ['tool_calls', 'tool_call', 'tool_use', 'function_call'],
  length: [
    ...['length', 'max_tokens', 'max_output_tokens', 'max_length', 'max_new_tokens', 'token_limit'],
    ...['model_length', 'model_context_window_exceeded', 'context_length_exceeded', 'error_limit'],
    // The server's limit of time, or its detection of a loop: what there is of the answer is not all of it.
    ...['time_limit', 'repetition'],
  ],
  'content-filter': [
    ...['content_filter', 'content_filtered', 'guardrail_intervened', 'refusal', 'sensitive', 'error_toxic'],
    ...['safety', 'recitation', 'language', 'blocklist', 'prohibited_content', 'spii', 'model_armor'],
    ...['image_safety', 'image_recitation', 'image_prohibited_content'],
  ],
  failure: [
    ...[
      'error',
      'network_error',
      'insufficient_system_resource',
      'abort',
      'aborted',
      'cancelled',
      'canceled',
    ],
    ...['user_cancel', 'timeout', 'not_finished', 'incomplete', 'failed', 'malformed_function_call'],
    ...['unexpected_tool_call', 'too_many_tool_calls', 'malformed_response', 'missing_thought_signature'],
    ...['malformed_model_output', 'malformed_tool_use', 'function_call_filter', 'image_other', 'other'],
    ...['finish_reason_unspecified', 'overloaded', 'engine_overloaded', 'preempted', 'interrupted'],
    ...['disconnect', 'disconnected', 'oom', 'out_of_memory', 'expired'],
  ],
};

const MEANINGS: ReadonlyMap<string, FinishMeaning> = new Map(
  (Object.keys(WORDS) as FinishMeaning[]).flatMap((meaning) =>
    WORDS[meaning].map((word): [string, FinishMeaning] => [word, meaning]),
  ),
);

/**
 * The meaning of a finish reason or stop reason in the words of any server; null for an unknown word. Case and hyphens
 * do not matter, nor does what follows a colon: Gemini's compatible API writes `content_filter: RECITATION` and
 * `function_call_filter: MALFORMED_FUNCTION_CALL`. Gateways end a broken reply with words such as `upstream_error`.
 */
export function finishMeaning(word: string): FinishMeaning | null {
  const [text = ''] = word.split(':', 1);
  const name = text.trim().toLowerCase().replaceAll('-', '_');
  return MEANINGS.get(name) ?? (name.endsWith('_error') ? 'failure' : null);
}

/**
 * Is this value of a finish reason none? Some servers write an empty string, and KoboldCpp once wrote `"null"`
 * (PowerShell/AIShell#350).
 */
export function isNoFinish(value: unknown): boolean {
  return typeof value !== 'string' || value === '' || value === 'null';
}

/**
 * Requires the reason with which a whole reply ends, where its server gives one: as in a stream, a reply without an end
 * is not whole (MicrosoftDocs/azure-docs#109589: null while a reply is incomplete). A reply without the key is: LocalAI
 * left it out (mudler/LocalAI#788). Throws a `WireFault` `cut`.
 */
export function requireFinish(value: unknown): void {
  if (value === undefined || !isNoFinish(value)) return;
  throw new WireFault('cut', 'ended its reply without a finish reason');
}

/** The fault of a reply that ends with this word for a failure. */
export function abortedReply(word: string): WireFault {
  return new WireFault('cut', `aborted its reply (finish reason "${word.slice(0, MAX_WORD_LENGTH)}")`);
}
