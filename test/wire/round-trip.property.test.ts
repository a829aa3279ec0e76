import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatReply, ChatRequest, ReplyPart } from '../../src/protocol/chat.ts';
import { GatewayError } from '../../src/protocol/errors.ts';
import type { ModelRules } from '../../src/protocol/model-rules.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import type { Warning } from '../../src/protocol/wire.ts';
import { claudeRules } from '../../src/providers/anthropic/rules.ts';
import { messagesCodec } from '../../src/wire/anthropic-messages/codec.ts';
import { scanMessages } from '../../src/wire/anthropic-messages/scan.ts';
import type { ChatCodec } from '../../src/wire/codec.ts';
import { parseExact } from '../../src/wire/json/exact.ts';
import type { ScannedRequest, TargetRequest } from '../../src/wire/exchange.ts';
import { openAiChatCodec } from '../../src/wire/openai-chat/codec.ts';
import { scanOpenAiChat } from '../../src/wire/openai-chat/scan.ts';
import type { OpenAiTraits } from '../../src/wire/openai-chat/dialect.ts';
import { anyReply, anyRequest, eventsOf } from '../support/conversations.ts';
import { replyContext } from '../support/openai-client.ts';
import { plain, plainReply, replyOfEvents, sayable, sayableReply } from '../support/sayable.ts';
import {
  inMessagesWords,
  inOpenAiWords,
  withNames,
  withoutNamed,
  withoutOpenAiNotes,
} from '../support/told.ts';
import { cut, cutPoints, dataIn, dialect, target } from '../support/wire.ts';

/** A server that supports everything in OpenAI's wire. */
const RICH: Partial<OpenAiTraits> = {
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  reasoningField: 'reasoning_content',
  topK: true,
  serviceTiers: ['auto', 'default'],
  cacheModels: /./,
};

/** A model that supports everything in the Messages wire. */
const WILLING: ModelRules = {
  sampling: true,
  manualThinking: true,
  adaptiveThinking: true,
  withoutThinking: 'always',
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  forcedToolChoice: true,
  jsonSchema: true,
  prefill: true,
  systemTurns: true,
  documents: true,
  maxOutputTokens: 64_000,
};

type AnyChatCodec = ChatCodec<never>;

interface Travelled {
  readonly request: ChatRequest;
  readonly warnings: readonly Warning[];
}

/** Encodes a request for an upstream and decodes it as if a client had sent it. */
function travel<Dialect>(
  codec: ChatCodec<Dialect>,
  read: (body: Buffer) => ScannedRequest,
  request: ChatRequest,
  wanted: TargetRequest,
  speaks: Dialect,
): Travelled {
  const encoded = codec.encodeRequest(request, wanted, speaks);
  const body = Buffer.isBuffer(encoded.body) ? encoded.body : Buffer.concat(encoded.body);
  const decoded = codec.decodeRequest(read(body), {});
  expect(decoded.warnings).toEqual([]);
  return { request: withNames(decoded.request, encoded.notes?.toolNames), warnings: encoded.warnings };
}

const overOpenAi = (request: ChatRequest, traits: Partial<OpenAiTraits>): Travelled =>
  travel(openAiChatCodec, scanOpenAiChat, request, target({ reasons: true }), dialect({ traits }));
const overMessages = (request: ChatRequest, rules: ModelRules | null): Travelled =>
  travel(messagesCodec, scanMessages, request, target({ rules }), { unaryAsStream: false });

/** Null if the wire rejects the request, which is not a silent loss. */
function orRefused(work: () => Travelled): Travelled | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unsupported_parameter') return null;
    throw error;
  }
}

const client = replyContext({ includeUsage: true });

function replyOver(codec: AnyChatCodec, reply: ChatReply): ChatReply {
  return codec.decodeReply(codec.encodeReply(reply, client), null);
}

/** The bytes of a stream for a client, cut anywhere. */
function streamBytes(
  codec: AnyChatCodec,
  events: readonly StreamEvent[],
  points: readonly number[],
): Buffer[] {
  const encoder = codec.openEncoder(client);
  return cut(Buffer.from(events.map((event) => encoder.write(event)).join('')), points);
}

function streamOver(
  codec: AnyChatCodec,
  events: readonly StreamEvent[],
  points: readonly number[],
): ChatReply {
  const decoder = codec.openDecoder(null);
  const read = dataIn(streamBytes(codec, events, points)).flatMap((data) => decoder.read(data));
  return replyOfEvents([...read, ...decoder.end()]);
}

function assembledOver(
  codec: AnyChatCodec,
  events: readonly StreamEvent[],
  points: readonly number[],
): ChatReply {
  const assembler = codec.openAssembler();
  for (const data of dataIn(streamBytes(codec, events, points))) assembler.take(data);
  return codec.decodeReply(assembler.body(), null);
}

/** The next request of a client that sends the reply back unchanged. */
function sentBack(codec: AnyChatCodec, reply: ChatReply): ChatRequest {
  const body = parseExact(codec.encodeReply(reply, client).toString()) as Record<string, unknown>;
  const choices = body['choices'] as { message: object }[] | undefined;
  const message = choices?.[0]?.message ?? { role: 'assistant', content: body['content'] };
  const asked = { role: 'user', content: 'hi' };
  const read = codec === openAiChatCodec ? scanOpenAiChat : scanMessages;
  const request = Buffer.from(JSON.stringify({ model: 'm', max_tokens: 5, messages: [asked, message] }));
  return codec.decodeRequest(read(request), {}).request;
}

const MODELS: readonly (ModelRules | null)[] = [
  WILLING,
  ...[
    'another model',
    'claude-3-5-haiku-20241022',
    'claude-sonnet-4-5',
    'claude-opus-4-6',
    'claude-opus-5-5',
  ].map(claudeRules),
];

const hasArguments = (part: ReplyPart): boolean =>
  part.type !== 'tool-call' || part.arguments.startsWith('{');
const step = fc.integer({ min: 1, max: 9 });

/** Runs each property with its share of all runs. */
function properties(runs: number): void {
  const check = <Values>(share: number, property: fc.IProperty<Values>): void => {
    fc.assert(property, { numRuns: Math.round(runs * share) });
  };

  test('a request that both wires can express comes through OpenAI’s unchanged and without a warning', () => {
    const holds = (request: ChatRequest): void => {
      const said = sayable(request);
      fc.pre(said.messages.length > 0);
      const over = overOpenAi(said, RICH);
      expect(over.warnings).toEqual([]);
      expect(plain(over.request)).toEqual(plain(said));
    };
    check(0.2, fc.property(anyRequest, holds));
  }, 60_000);

  test('a request that both wires can express comes through the Messages wire unchanged and without a warning', () => {
    const holds = (request: ChatRequest): void => {
      const said = sayable(request);
      fc.pre(said.messages.length > 0);
      const over = overMessages(said, WILLING);
      expect(over.warnings).toEqual([]);
      expect(plain(over.request)).toEqual(plain(said));
    };
    check(0.2, fc.property(anyRequest, holds));
  }, 60_000);

  test('OpenAI’s wire loses nothing of any request without a warning', () => {
    const holds = (request: ChatRequest, traits: Partial<OpenAiTraits>): void => {
      const over = orRefused(() => overOpenAi(request, traits));
      if (over === null) return;
      const compared = (from: ChatRequest): ChatRequest => plain(withoutNamed(from, over.warnings));
      expect(compared(withoutOpenAiNotes(over.request))).toEqual(compared(inOpenAiWords(request)));
    };
    check(0.15, fc.property(anyRequest, fc.constantFrom(RICH, {}), holds));
  }, 60_000);

  test('the Messages wire loses nothing of any request without a warning, for any model', () => {
    const holds = (request: ChatRequest, rules: ModelRules | null): void => {
      const over = orRefused(() => overMessages(request, rules));
      if (over === null) return;
      const compared = (from: ChatRequest): ChatRequest =>
        plain(inMessagesWords(withoutNamed(from, over.warnings), rules));
      expect(compared(over.request)).toEqual(compared(request));
    };
    check(0.15, fc.property(anyRequest, fc.constantFrom(...MODELS), holds));
  }, 60_000);

  test('a reply that both wires can express comes through either of them, unary, streamed and assembled', () => {
    const holds = (reply: ChatReply, size: number, points: readonly number[]): void => {
      const said = sayableReply(reply);
      const events = eventsOf(said, size);
      for (const codec of [openAiChatCodec, messagesCodec]) {
        // A unary reply of OpenAI's wire has no order among text, thinking and calls.
        const isGrouped = codec === openAiChatCodec;
        expect(plainReply(replyOver(codec, said), isGrouped)).toEqual(plainReply(said, isGrouped));
        expect(plainReply(assembledOver(codec, events, points), isGrouped)).toEqual(
          plainReply(said, isGrouped),
        );
        expect(plainReply(streamOver(codec, events, points), false)).toEqual(plainReply(said, false));
      }
    };
    check(0.15, fc.property(anyReply, step, cutPoints, holds));
  }, 60_000);

  test('signatures, redacted thinking and stop sequences come through the Messages wire', () => {
    const holds = (reply: ChatReply, size: number, points: readonly number[]): void => {
      const said = { ...reply, parts: reply.parts.filter(hasArguments) };
      const events = eventsOf(said, size);
      const wanted = plainReply(said, false);
      expect(plainReply(replyOver(messagesCodec, said), false)).toEqual(wanted);
      expect(plainReply(streamOver(messagesCodec, events, points), false)).toEqual(wanted);
      expect(plainReply(assembledOver(messagesCodec, events, points), false)).toEqual(wanted);
    };
    check(0.1, fc.property(anyReply, step, cutPoints, holds));
  }, 60_000);

  test('a client of either wire can send back what it received, including signatures', () => {
    const holds = (reply: ChatReply): void => {
      // No vendor accepts unsigned thinking.
      const parts = reply.parts
        .filter(hasArguments)
        .filter((part) => part.type !== 'thinking' || part.signature !== null);
      const wanted = parts.map((part) =>
        'signature' in part || 'data' in part ? part : { ...part, cache: null },
      );
      for (const codec of [openAiChatCodec, messagesCodec]) {
        const next = sentBack(codec, { ...reply, parts, refusal: null });
        const turn = { role: 'assistant' as const, parts: wanted };
        expect(plain(next).messages.slice(1)).toEqual(
          parts.length === 0 ? [] : plain({ ...next, messages: [turn] }).messages,
        );
      }
    };
    check(0.05, fc.property(anyReply, holds));
  }, 60_000);
}

const ALL = process.env['LANEWAY_TEST_ROUND_TRIPS'] === '1';

describe('round trips over both wires, 2,000 runs', () => {
  properties(2_000);
});

describe.skipIf(!ALL)(ALL ? 'the other 8,000' : 'the other 8,000 (LANEWAY_TEST_ROUND_TRIPS is not 1)', () => {
  properties(8_000);
});
