import type { StreamEvent } from '../../../src/protocol/stream-event.ts';
import { messagesCodec } from '../../../src/wire/anthropic-messages/codec.ts';
import { MessagesUsage } from '../../../src/wire/anthropic-messages/usage.ts';
import { TranslatedStream } from '../../../src/wire/chat/translated-stream.ts';
import type { Exchange, UnaryReply } from '../../../src/wire/exchange.ts';
import { WireFault } from '../../../src/wire/fault.ts';
import { SSE } from '../../../src/wire/framing/sse.ts';
import { openAiChatCodec } from '../../../src/wire/openai-chat/codec.ts';
import { readUsage } from '../../../src/wire/openai-chat/usage.ts';
import { responsesCodec } from '../../../src/wire/openai-responses/codec.ts';
import { readResponsesUsage } from '../../../src/wire/openai-responses/usage.ts';
import { wireOf } from '../../../src/wire/wires.ts';
import { readChatStream, readCompletion } from './chat-client.ts';
import { readMessageBody, readMessagesStream } from './messages-client.ts';
import {
  must,
  upstreamId,
  type ReplyCall,
  type ReplyContent,
  type TokenCounts,
  UnreadableReply,
} from './reply-content.ts';
import { readResponseBody, readResponsesStream } from './responses-client.ts';
import { functionArguments, toolInput } from './reply-words.ts';
import { responsesEndpoint, scannedResponses } from '../responses-request.ts';
import { json, MESSAGES_ENDPOINT, openAiEndpoint, openAt, relay } from '../wire.ts';

// Adapter: the only file of the differential test that imports from src/.

export type Wire = 'openai-chat' | 'anthropic-messages' | 'openai-responses';

/** One consumer's result for an upstream's stream. */
export interface Read extends ReplyContent {
  readonly end: 'complete' | WireFault['kind'];
  /** Why a strict client cannot read an answer that was reported as complete; null where it can. */
  readonly unreadable: string | null;
  /** The usage that the gateway records for the request. */
  readonly recorded: TokenCounts | null;
}

const CODECS = {
  'openai-chat': openAiChatCodec,
  'anthropic-messages': messagesCodec,
  'openai-responses': responsesCodec,
} as const;

type Reader = (chunks: readonly Buffer[]) => Read;

export interface Readers {
  readonly guard: Reader;
  readonly decoder: Reader;
  readonly assembler: Reader;
}

/** Stands in for the prompt's tokens that an upstream did not report; no generated stream reports as many. */
const ESTIMATED_TOKENS = 900_001;

const NO_CONTENT: ReplyContent = {
  thinking: '',
  text: '',
  refusal: '',
  calls: [],
  callIds: [],
  signatures: [],
  finish: null,
  usage: null,
};

function ended(end: Read['end']): Read {
  return { ...NO_CONTENT, end, unreadable: null, recorded: null };
}

/** The result for a complete answer, parsed by `read`. */
function complete(recorded: UnaryReply['usage'], read: () => ReplyContent): Read {
  try {
    return { ...ended('complete'), ...read(), recorded: counts(recorded) };
  } catch (error) {
    if (!(error instanceof UnreadableReply)) throw error;
    return { ...ended('complete'), unreadable: error.message, recorded: counts(recorded) };
  }
}

const USER = { role: 'user', content: 'hi' };

/** Client and upstream speak the same wire. */
function sameWire(wire: Wire): Exchange {
  if (wire === 'openai-responses') {
    return openAt(scannedResponses({ stream: true }), [responsesEndpoint()]);
  }
  const replyOptions = wire === 'openai-chat' ? { stream_options: { include_usage: true } } : {};
  const request = wireOf(wire).scan(
    json({ model: 'm', max_tokens: 9, stream: true, messages: [USER], ...replyOptions }),
  );
  const facts = { ...request.facts, estimatedTokens: ESTIMATED_TOKENS };
  return openAt({ ...request, facts }, [openAiEndpoint(), MESSAGES_ENDPOINT]);
}

function throughGuard(wire: Wire, read: (output: string) => ReplyContent): Reader {
  return (chunks) => {
    const stream = sameWire(wire).stream();
    const { output, fault } = relay(stream, chunks);
    if (fault !== null) return ended(fault as Read['end']);
    return complete(stream.usage, () => {
      const content = read(output);
      return { ...content, usage: withoutEstimate(content.usage) };
    });
  };
}

/** `message_start` must have usage: where the upstream reported none, the guard writes an estimate and no output. */
function withoutEstimate(usage: TokenCounts | null): TokenCounts | null {
  if (usage === null || usage.input < ESTIMATED_TOKENS) return usage;
  return usage.output === 0 ? null : { input: 0, output: usage.output };
}

function throughDecoder(wire: Wire): Reader {
  return (chunks) => {
    const events: StreamEvent[] = [];
    const decoder = CODECS[wire].openDecoder(null);
    const stream = new TranslatedStream(SSE, decoder, recorder(events));
    const { fault } = relay(stream, chunks);
    if (fault !== null) return ended(fault as Read['end']);
    return complete(stream.usage, () => new NeutralFold(wire).fold(events));
  };
}

/** Stands in for the writer of a client's stream: keeps each neutral event and writes nothing. */
function recorder(events: StreamEvent[]): { write(event: StreamEvent): string } {
  return {
    write: (event) => {
      events.push(event);
      return '';
    },
  };
}

/** For a client that did not ask for a stream: the assembled body is normalized and checked like any whole reply. */
function throughAssembler(wire: Wire, read: (body: string) => ReplyContent): Reader {
  return (chunks) => {
    const assembly = sameWire(wire).assemble();
    const { output, fault } = relay(assembly, chunks);
    if (fault !== null) return ended(fault as Read['end']);
    try {
      const { body, usage } = sameWire(wire).unary(Buffer.from(output));
      if (usage?.estimated !== true) return complete(usage, () => read(body.toString()));
      const reported = reportedUsage(wire, output);
      return complete(reported, () => ({ ...read(body.toString()), usage: counts(reported) }));
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      return ended(error.kind);
    }
  };
}

/** What the upstream counted of an assembled reply, without the estimates that its client gets. */
function reportedUsage(wire: Wire, output: string): UnaryReply['usage'] {
  const reply = JSON.parse(output) as { usage?: unknown };
  if (wire === 'openai-chat') return readUsage(reply);
  if (wire === 'openai-responses') return readResponsesUsage(reply);
  const counted = new MessagesUsage();
  counted.read(reply.usage);
  return counted.total;
}

/** Folds neutral events. Refuses overlapping parts, which `StreamEvent` forbids because encoders drop them. */
class NeutralFold {
  readonly #wire: Wire;
  readonly #content = {
    thinking: '',
    text: '',
    refusal: '',
    calls: [] as { kind: 'function' | 'custom'; name: string; input: string }[],
    callIds: [] as (string | null)[],
    signatures: [] as string[],
    finish: null as string | null,
    usage: null as TokenCounts | null,
  };
  #open = false;
  #started = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  fold(events: readonly StreamEvent[]): ReplyContent {
    for (const event of events) this.#take(event);
    must(this.#content.finish !== null, 'no reply-finish');
    const { calls, finish } = this.#content;
    return { ...this.#content, calls: calls.map((call) => normalCall(call, this.#wire, finish)) };
  }

  #take(event: StreamEvent): void {
    const content = this.#content;
    must(content.finish === null, `${event.type} after the finish`);
    must((event.type === 'reply-start') !== this.#started, `${event.type} out of order`);
    const continues = event.type === 'tool-call-delta' || event.type === 'tool-call-end';
    must(this.#open === continues, `${event.type} while ${this.#open ? 'a' : 'no'} call is open`);
    switch (event.type) {
      case 'reply-start':
        this.#started = true;
        content.usage = counts(event.usage);
        break;
      case 'text-delta':
        content.text += event.text;
        break;
      case 'thinking-delta':
        content.thinking += event.text;
        break;
      case 'refusal-delta':
        content.refusal += event.text;
        break;
      case 'thinking-signature':
        content.signatures.push(event.signature);
        break;
      case 'redacted-thinking':
        content.signatures.push(event.data);
        break;
      case 'tool-call-start':
        must(event.id !== '' && event.name !== '', 'a call without id or name');
        this.#open = true;
        content.calls.push({ kind: 'function', name: event.name, input: '' });
        content.callIds.push(upstreamId(event.id));
        break;
      case 'tool-call-delta':
        must(event.arguments !== '', 'an empty piece of arguments');
        content.calls.at(-1)!.input += event.arguments;
        break;
      case 'tool-call-end':
        this.#open = false;
        break;
      case 'reply-finish':
        content.finish = event.reason;
        content.usage = counts(event.usage) ?? content.usage;
    }
  }
}

function counts(usage: UnaryReply['usage']): TokenCounts | null {
  return usage === null ? null : { input: usage.inputTokens, output: usage.outputTokens };
}

/**
 * The neutral vocabulary has functions only: a custom tool's text becomes the arguments `{"input": TEXT}`. No generated
 * function has arguments of that shape, so the mapping can be reversed.
 */
function normalCall(call: ReplyCall, wire: Wire, finish: string): ReplyCall {
  if (wire === 'anthropic-messages') return { ...call, input: toolInput(call.input) };
  try {
    const value = JSON.parse(call.input) as Record<string, unknown> | null;
    const isCustom = Object.keys(value ?? {}).join() === 'input' && typeof value?.['input'] === 'string';
    if (isCustom) return { ...call, kind: 'custom', input: String(value['input']) };
  } catch {
    // Arguments that were cut off.
  }
  return wire === 'openai-responses' ? call : { ...call, input: functionArguments(call.input, finish) };
}

export const READERS: Readonly<Record<Wire, Readers>> = {
  'openai-chat': {
    guard: throughGuard('openai-chat', readChatStream),
    decoder: throughDecoder('openai-chat'),
    assembler: throughAssembler('openai-chat', readCompletion),
  },
  'anthropic-messages': {
    guard: throughGuard('anthropic-messages', readMessagesStream),
    decoder: throughDecoder('anthropic-messages'),
    assembler: throughAssembler('anthropic-messages', readMessageBody),
  },
  'openai-responses': {
    guard: throughGuard('openai-responses', readResponsesStream),
    decoder: throughDecoder('openai-responses'),
    assembler: throughAssembler('openai-responses', readResponseBody),
  },
};
