import type { ChatMessage, ChatReply, ChatRequest, ReplyPart } from '../../src/protocol/chat.ts';
import { GatewayError } from '../../src/protocol/errors.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import type { ChatReplyOptions, ReplyContext } from '../../src/wire/codec.ts';
import { replyEvents } from '../../src/wire/chat/reply-events.ts';
import { decodeResponsesRequest } from '../../src/wire/openai-responses/decode/request.ts';
import { encodeResponsesReply } from '../../src/wire/openai-responses/encode/reply.ts';
import { scanResponses } from '../../src/wire/openai-responses/scan.ts';
import { ResponsesStreamEncoder } from '../../src/wire/openai-responses/stream/encode.ts';
import { eventsIn, json } from './wire.ts';

const NOW = 1_795_246_738_900;

export interface DecodedResponses {
  readonly request: ChatRequest;
  readonly warnings: readonly string[];
  readonly replyOptions: ChatReplyOptions;
}

/** What a client's body says in neutral words; `input` is filled in. */
export function decode(body: object, params: Readonly<Record<string, unknown>> = {}): DecodedResponses {
  const { request, warnings, replyOptions } = decodeResponsesRequest(
    scanResponses(json({ input: 'hi', ...body })),
    params,
  );
  return { request, replyOptions, warnings: warnings.map(({ code, detail }) => `${code}=${detail}`) };
}

/** The turns of a list of items. */
export function turns(...input: object[]): readonly ChatMessage[] {
  return decode({ input }).request.messages;
}

/** The refusal of a body: code, field and message. */
export function refusal(body: object): { code: string; param: string; message: string } {
  try {
    decode(body);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { code: error.code, param: error.options.param ?? '', message: error.message };
  }
  throw new Error('the body was accepted');
}

export function reply(parts: readonly ReplyPart[], changes: Partial<ChatReply> = {}): ChatReply {
  return {
    id: 'chatcmpl-1',
    model: 'm',
    parts,
    refusal: null,
    finish: 'stop',
    stopSequence: null,
    usage: {
      inputTokens: 5,
      outputTokens: 3,
      cachedInputTokens: 2,
      reasoningTokens: 1,
      cacheWriteTokens: null,
    },
    ...changes,
  };
}

/** What a client that sent `body` gets its reply with. */
export function client(body: object = {}): ReplyContext<'chat'> {
  const { replyOptions } = decode(body);
  return { replyOptions, modelId: 'upstream-model', wall: () => NOW, estimatedInputTokens: 9 };
}

type Json = Record<string, unknown>;

/** The whole reply. */
export function whole(answer: ChatReply, body: object = {}): Json & { readonly output: Json[] } {
  return JSON.parse(encodeResponsesReply(answer, client(body)).toString()) as Json & { output: Json[] };
}

/** The same as a stream: the data of its events. */
export function streamed(answer: ChatReply | readonly StreamEvent[], body: object = {}): Json[] {
  const encoder = new ResponsesStreamEncoder(client(body));
  const events = 'parts' in answer ? replyEvents(answer) : answer;
  const bytes = events.map((event) => encoder.write(event)).join('');
  return eventsIn([bytes]).map(({ event, data }) => {
    const parsed = JSON.parse(data ?? '') as Json;
    if (parsed['type'] !== event) throw new Error(`${String(event)} is not ${String(parsed['type'])}`);
    return parsed;
  });
}
