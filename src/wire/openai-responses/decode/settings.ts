import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';

/**
 * The settings of a request that a reply repeats, with OpenAI's values for those that are missing. All keys that the
 * type of a reply requires are present (wire case 180; `Response` in `openai` 7).
 */
export function replySettings(body: JsonObject): JsonObject {
  const { reasoning, text, user } = body;
  return {
    access_programs: null,
    background: false,
    conversation: null,
    frequency_penalty: 0,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    metadata: body['metadata'] ?? {},
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: null, summary: null, ...(isJsonObject(reasoning) ? reasoning : {}) },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: body['service_tier'] ?? 'default',
    store: false,
    temperature: body['temperature'] ?? 1,
    text: { format: { type: 'text' }, ...(isJsonObject(text) ? text : {}) },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: repeatedTools(body['tools']),
    top_logprobs: 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    ...(filledString(user) === null ? {} : { user }),
  };
}

/** A function has these keys in a reply, whether the request names them or not (openresponses.org, `FunctionTool`). */
const FUNCTION_KEYS = { description: null, parameters: null, strict: null };

function repeatedTools(tools: unknown): unknown {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) =>
    isJsonObject(tool) && tool['type'] === 'function' ? { ...FUNCTION_KEYS, ...tool } : tool,
  );
}

/** Does the client want the encrypted content of reasoning, to send it back? */
export function wantsEncrypted({ include }: JsonObject): boolean {
  return Array.isArray(include) && include.includes('reasoning.encrypted_content');
}
