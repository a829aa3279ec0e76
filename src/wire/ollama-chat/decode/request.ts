import type { ChatRequest } from '../../../protocol/chat.ts';
import type { DecodedRequest } from '../../codec.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { invalidField } from '../../fields/field-error.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import type { RequestValues } from '../../openai-chat/decode/request-values.ts';
import { readToolChoice, readTools } from '../../openai-chat/decode/tools.ts';
import { decodeMessages } from './messages.ts';
import { exactField, parseBody, readCommonParts, requestValues } from './options.ts';

const OWN: ReadonlySet<string> = new Set(['messages', 'tools']);

/**
 * Decodes a client's request, with the target's defaults for what it left out. Explicit nulls count as absent (wire
 * case 80). Throws a `GatewayError`: `unsupported_parameter` for what no other API has and changes the reply,
 * `invalid_body` for a value of a wrong type, `invalid_json`.
 */
export function decodeOllamaChatRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'chat'> {
  const body = parseBody(source);
  const values = requestValues(body, params, OWN);
  const request: ChatRequest = {
    messages: decodeMessages(exactField(source, 'messages')),
    ...decodeTools(body, values),
    ...readCommonParts(body, values),
    stream: source.facts.stream,
  };
  return { request, warnings: values.warnings, replyOptions: { includeUsage: true, legacyCalls: false } };
}

/** Ollama has no choice of tools; a target may have one as its default. */
function decodeTools(
  body: JsonObject,
  values: RequestValues,
): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelTools'> {
  const list = body['tools'] ?? [];
  if (!Array.isArray(list)) throw invalidField('tools', 'an array');
  const tools = readTools(list.map(withType), 'tools', null);
  if (tools.length === 0) return { tools, toolChoice: null, parallelTools: null };
  const choice = values.read('tool_choice', readToolChoice)?.choice ?? null;
  const parallel = values.read('parallel_tool_calls', (value) => value);
  return { tools, toolChoice: choice, parallelTools: typeof parallel === 'boolean' ? parallel : null };
}

/** Ollama does not look at the type of a tool. */
function withType(tool: unknown): unknown {
  return isJsonObject(tool) && (tool['type'] ?? null) === null ? { ...tool, type: 'function' } : tool;
}
