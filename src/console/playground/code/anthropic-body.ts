import type { ChatBody, Message, Part } from '../chat.ts';
import type { Json } from './literals.ts';

/** Anthropic's API requires a limit; this is used where the request sets none. */
export const DEFAULT_MAX_TOKENS = 1024;

type Block = { readonly [name: string]: Json };
interface AnthropicMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string | readonly Block[];
}

/** A chat as Anthropic's `POST /v1/messages` takes it, without `stream`. */
export function anthropicBody(body: ChatBody): Readonly<Record<string, Json>> {
  const system = body.messages.flatMap((message) => (message.role === 'system' ? [message.content] : []));
  const schema = body.response_format?.json_schema.schema;
  return {
    model: body.model,
    max_tokens: body.max_tokens ?? DEFAULT_MAX_TOKENS,
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    ...(body.temperature === undefined ? {} : { temperature: body.temperature }),
    messages: messagesOf(body.messages) as unknown as Json,
    ...(body.tools === undefined ? {} : { tools: toolsOf(body.tools) }),
    ...(schema === undefined
      ? {}
      : { output_config: { format: { type: 'json_schema', schema: schema as Json } } }),
  };
}

function toolsOf(tools: NonNullable<ChatBody['tools']>): Json {
  return tools.map(({ function: { name, description, parameters } }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: { type: 'object', ...(parameters as Block | undefined) },
  }));
}

function messagesOf(messages: readonly Message[]): readonly AnthropicMessage[] {
  const found: AnthropicMessage[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    if (message.role !== 'tool') {
      found.push(messageOf(message));
      continue;
    }
    const result = { type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content };
    const last = found.at(-1);
    // Results of one turn are one message.
    if (last?.role === 'user' && typeof last.content !== 'string' && last.content.every(isResult))
      found[found.length - 1] = { role: 'user', content: [...last.content, result] };
    else found.push({ role: 'user', content: [result] });
  }
  return found;
}

function messageOf(message: Extract<Message, { role: 'user' | 'assistant' }>): AnthropicMessage {
  if (message.role === 'user')
    return {
      role: 'user',
      content: typeof message.content === 'string' ? message.content : message.content.map(partBlock),
    };
  const { content, tool_calls } = message;
  if (tool_calls === undefined) return { role: 'assistant', content: content ?? '' };
  const text = content === null || content === '' ? [] : [{ type: 'text', text: content }];
  const calls = tool_calls.map(({ id, function: { name, arguments: json } }) => ({
    type: 'tool_use',
    id,
    name,
    input: inputOf(json),
  }));
  return { role: 'assistant', content: [...text, ...calls] };
}

function isResult({ type }: Block): boolean {
  return type === 'tool_result';
}

function partBlock(part: Part): Block {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const { url } = part.image_url;
  const [, media_type = '', data = ''] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  return { type: 'image', source: { type: 'base64', media_type, data } };
}

/** Arguments that are no JSON object, as weak models write them, become an empty one. */
function inputOf(json: string): Json {
  try {
    const value = JSON.parse(json) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
