import { GatewayError } from '../../src/protocol/errors.ts';
import type { ChatMessage, ChatReply, ChatRequest, ReplyPart } from '../../src/protocol/chat.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import type { ChatReplyOptions, ReplyContext } from '../../src/wire/codec.ts';
import { decodeOpenAiRequest } from '../../src/wire/openai-chat/decode/request.ts';
import { encodeOpenAiReply } from '../../src/wire/openai-chat/encode/reply.ts';
import { OpenAiStreamEncoder } from '../../src/wire/openai-chat/stream/encode.ts';
import { scanOpenAiChat } from '../../src/wire/openai-chat/scan.ts';
import { json } from './wire.ts';

export const USER = { role: 'user', content: 'hi' };
const NOW = 1_795_246_738_900;

export interface Decoded {
  readonly request: ChatRequest;
  readonly warnings: readonly string[];
  readonly includeUsage: boolean;
  readonly legacyCalls: boolean;
}

/** What a client's body says in neutral words. */
export function decode(body: object, params: Readonly<Record<string, unknown>> = {}): Decoded {
  return decodeBytes(json({ messages: [USER], ...body }), params);
}

export function decodeBytes(body: Buffer, params: Readonly<Record<string, unknown>> = {}): Decoded {
  const decoded = decodeOpenAiRequest(scanOpenAiChat(body), params);
  return {
    request: decoded.request,
    warnings: decoded.warnings.map(({ code, detail }) => `${code}=${detail}`),
    ...decoded.replyOptions,
  };
}

export function turns(...messages: object[]): readonly ChatMessage[] {
  return decode({ messages }).request.messages;
}

/** The refusal of a body: `code param`. */
export function refusal(body: object): string {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code} ${error.options.param ?? ''}`;
    throw error;
  }
  throw new Error('the body was accepted');
}

export function replyContext(replyOptions: Partial<ChatReplyOptions> = {}): ReplyContext<'chat'> {
  return {
    wall: () => NOW,
    modelId: 'm',
    estimatedInputTokens: 3,
    replyOptions: { includeUsage: false, legacyCalls: false, ...replyOptions },
  };
}

export function replyOf(parts: readonly ReplyPart[], changes: Partial<ChatReply> = {}): ChatReply {
  return {
    id: 'msg_01',
    model: 'claude-x',
    parts,
    refusal: null,
    finish: 'stop',
    stopSequence: null,
    usage: null,
    ...changes,
  };
}

export interface Completion {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; message: Record<string, unknown>; finish_reason: string; logprobs: null }[];
  usage?: unknown;
}

export function completion(reply: ChatReply, replyOptions: Partial<ChatReplyOptions> = {}): Completion {
  return JSON.parse(encodeOpenAiReply(reply, replyContext(replyOptions)).toString()) as Completion;
}

export interface Chunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; delta: Record<string, unknown>; finish_reason: string | null; logprobs: null }[];
  usage?: unknown;
}

export const START: StreamEvent = { type: 'reply-start', id: 'msg_01', model: 'claude-x', usage: null };
export const FINISHED: StreamEvent = {
  type: 'reply-finish',
  reason: 'stop',
  stopSequence: null,
  usage: null,
};

export function call(id: string, name: string, ...fragments: string[]): StreamEvent[] {
  const deltas = fragments.map((text): StreamEvent => ({ type: 'tool-call-delta', arguments: text }));
  return [{ type: 'tool-call-start', id, name }, ...deltas, { type: 'tool-call-end' }];
}

/** A whole stream as it goes to the client. */
export function streamed(
  events: readonly StreamEvent[],
  replyOptions: Partial<ChatReplyOptions> = {},
): string {
  const encoder = new OpenAiStreamEncoder(replyContext(replyOptions));
  return events.map((event) => encoder.write(event)).join('');
}

export function chunksOf(stream: string): Chunk[] {
  return stream
    .split('\n\n')
    .slice(0, -1)
    .filter((event) => event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.slice('data: '.length)) as Chunk);
}

export function deltasOf(stream: string): Record<string, unknown>[] {
  return chunksOf(stream).flatMap((chunk) => chunk.choices.map((choice) => choice.delta));
}
