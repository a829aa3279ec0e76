import type { ChatMessage, ChatRequest, Part, Tool, ToolCallPart } from '../../src/protocol/chat.ts';
import type { ModelRules } from '../../src/protocol/model-rules.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import { claudeRules } from '../../src/providers/anthropic/rules.ts';
import { MessagesStreamDecoder } from '../../src/wire/anthropic-messages/stream/decode.ts';
import { encodeMessagesRequest } from '../../src/wire/anthropic-messages/encode/request.ts';
import { dataIn, target } from './wire.ts';

/** A model that takes every parameter. */
export const SONNET_4_5 = 'claude-sonnet-4-5-20250929';

export function text(words: string, cache: string | true | null = null): Part & { type: 'text' } {
  return { type: 'text', text: words, cache: cache === null ? null : { ttl: cache === true ? null : cache } };
}

export function call(id: string, args = '{}', name = 'f'): ToolCallPart {
  return { type: 'tool-call', id, name, arguments: args, cache: null };
}

export function result(callId: string, words: string, isError = false): Part {
  return { type: 'tool-result', callId, content: [text(words)], isError, cache: null };
}

export const user = (...parts: Part[]): ChatMessage => ({ role: 'user', parts });
export const assistant = (...parts: Part[]): ChatMessage => ({ role: 'assistant', parts });
export const system = (...parts: Part[]): ChatMessage => ({ role: 'system', parts });
export const HI = user(text('hi'));

export function tool(name: string, more: Partial<Tool> = {}): Tool {
  const parameters = { type: 'object', properties: { a: { type: 'string' } } };
  return { name, description: null, parameters, strict: null, cache: null, ...more };
}

function chat(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    messages: [HI],
    tools: [],
    toolChoice: null,
    parallelTools: null,
    format: null,
    reasoning: null,
    maxOutputTokens: 9000,
    temperature: null,
    topP: null,
    topK: null,
    stop: [],
    user: null,
    serviceTier: null,
    stream: false,
    ...changes,
  };
}

export interface Sent {
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
  readonly json: string;
  readonly toolNames: ReadonlyMap<string, string> | undefined;
}

/** What goes to a Claude of that id; `rules` in place of those that its id stands for. */
export function send(
  request: Partial<ChatRequest>,
  modelId = SONNET_4_5,
  rules: ModelRules | null = claudeRules(modelId),
  maxOutputTokens: number | null = null,
): Sent {
  const wanted = target({ modelId, rules, maxOutputTokens });
  const encoded = encodeMessagesRequest(chat(request), wanted, { unaryAsStream: false });
  const json = (encoded.body as Buffer).toString();
  return {
    body: JSON.parse(json) as Record<string, unknown>,
    warnings: encoded.warnings.map(({ code, detail }) => `${code}=${detail}`),
    json,
    toolNames: encoded.notes?.toolNames,
  };
}

/** The events that a stream's bytes stand for, its end included. */
export function decode(chunks: readonly (Buffer | string)[]): StreamEvent[] {
  const decoder = new MessagesStreamDecoder();
  const events = dataIn(chunks).flatMap((data) => decoder.read(data));
  return decoder.finished ? [...events, ...decoder.end()] : events;
}

/** One event of a Messages stream, shaped as in platform.claude.com/docs/en/build-with-claude/streaming. */
export function sse(data: { type: string; [key: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

export function start(id = 'msg_01', usage: object | null = { input_tokens: 10, output_tokens: 1 }): string {
  const message = { id, type: 'message', role: 'assistant', content: [], model: 'claude-x', usage };
  return sse({ type: 'message_start', message });
}

export const block = (index: number, content_block: object): string =>
  sse({ type: 'content_block_start', index, content_block });
export const delta = (index: number, content: object): string =>
  sse({ type: 'content_block_delta', index, delta: content });
export const blockStop = (index: number): string => sse({ type: 'content_block_stop', index });
export const words = (said: string, index = 0): string => delta(index, { type: 'text_delta', text: said });
export const fragment = (index: number, partial_json: string): string =>
  delta(index, { type: 'input_json_delta', partial_json });
export function finish(stop: string | null, usage: object = { output_tokens: 7 }, more: object = {}): string {
  return sse({ type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null, ...more }, usage });
}
export const PING = sse({ type: 'ping' });
export const STOP = sse({ type: 'message_stop' });
