import type { ChatMessage, ChatRequest, Part } from '../../src/protocol/chat.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import type { TargetRequest } from '../../src/wire/exchange.ts';
import { WireFault } from '../../src/wire/fault.ts';
import { OpenAiAssembler } from '../../src/wire/openai-chat/stream/assemble.ts';
import { OpenAiStreamDecoder } from '../../src/wire/openai-chat/stream/decode.ts';
import { encodeOpenAiRequest } from '../../src/wire/openai-chat/encode/request.ts';
import type { ProviderType } from '../../src/providers/provider-type.ts';
import type { OpenAiChatDialect, OpenAiChatFacts } from '../../src/wire/openai-chat/dialect.ts';
import { dataIn, dialect, target } from './wire.ts';

export const text = (words: string): Part => ({ type: 'text', text: words, cache: null });
export const user = (...parts: Part[]): ChatMessage => ({ role: 'user', parts });
export const assistant = (...parts: Part[]): ChatMessage => ({ role: 'assistant', parts });
export const system = (...parts: Part[]): ChatMessage => ({ role: 'system', parts });
export const call = (id: string, name = 'get_weather', args = '{"city":"Paris"}'): Part => ({
  type: 'tool-call',
  id,
  name,
  arguments: args,
  cache: null,
});
export const image = (data = 'iVBORw0KGgo='): Part & { type: 'image' } => ({
  type: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data },
  detail: null,
  cache: null,
});

export function chatRequest(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    messages: [user(text('hi'))],
    tools: [],
    toolChoice: null,
    parallelTools: null,
    format: null,
    reasoning: null,
    maxOutputTokens: null,
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

export interface Encoded {
  readonly body: Record<string, unknown>;
  readonly messages: unknown;
  readonly warnings: string[];
  readonly toolNames: ReadonlyMap<string, string> | undefined;
}

export function encode(
  request: Partial<ChatRequest>,
  speaks: OpenAiChatFacts = {},
  wanted: Partial<TargetRequest> = {},
): Encoded {
  const encoded = encodeOpenAiRequest(chatRequest(request), target(wanted), dialect(speaks));
  const bytes = encoded.body;
  if (!Buffer.isBuffer(bytes)) throw new Error('the body came in pieces');
  const body = JSON.parse(bytes.toString()) as Record<string, unknown>;
  return {
    body,
    messages: body['messages'],
    warnings: encoded.warnings.map(({ code, detail }) => `${code}=${detail}`),
    toolNames: encoded.notes?.toolNames,
  };
}

/** What a type knows of its servers' chats. */
export function chatDialectOf({ settings }: Pick<ProviderType, 'settings'>): OpenAiChatDialect {
  const found = settings.endpoints.find(({ format }) => format === 'openai-chat');
  if (found?.format !== 'openai-chat') throw new Error('no endpoint for chats');
  return found.dialect;
}

/** Reads a stream in the given slices, as the hub does; its end brings the finish. */
export function decode(chunks: readonly (Buffer | string)[]): StreamEvent[] {
  const decoder = new OpenAiStreamDecoder();
  const events = dataIn(chunks).flatMap((data) => decoder.read(data));
  return decoder.finished ? [...events, ...decoder.end()] : events;
}

/** The events with neighbouring deltas of one kind joined: what does not hang on the upstream's slicing. */
export function joined(events: readonly StreamEvent[]): StreamEvent[] {
  const out: StreamEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    if ('text' in event && last?.type === event.type) {
      out[out.length - 1] = { ...event, text: (last as { text: string }).text + event.text };
    } else if (event.type === 'tool-call-delta' && last?.type === 'tool-call-delta') {
      out[out.length - 1] = { ...event, arguments: last.arguments + event.arguments };
    } else out.push(event);
  }
  return out;
}

export function assemble(chunks: readonly (Buffer | string)[]): Record<string, unknown> {
  const assembler = new OpenAiAssembler();
  for (const data of dataIn(chunks)) assembler.take(data);
  if (!assembler.finished) throw new WireFault('cut', 'no finish reason came');
  return JSON.parse(assembler.body().toString()) as Record<string, unknown>;
}

export function faultOf(work: () => unknown): WireFault {
  try {
    work();
  } catch (error) {
    if (error instanceof WireFault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
