import { expect } from 'vitest';
import type { ChatReply, ChatRequest } from '../../../src/protocol/chat.ts';
import type { StreamEvent } from '../../../src/protocol/stream-event.ts';
import type { Warning, WireFormat } from '../../../src/protocol/wire.ts';
import type { ChatCodec, ReplyContext } from '../../../src/wire/codec.ts';
import type { TargetRequest } from '../../../src/wire/exchange.ts';
import { parseExact } from '../../../src/wire/json/exact.ts';
import { wireOf } from '../../../src/wire/wires.ts';
import { replyOfEvents } from '../sayable.ts';
import { withNames, type Edit } from '../told.ts';
import { cut } from '../wire.ts';

/** A chat wire as the round trips see it. */
export interface TestWire {
  readonly name: WireFormat;
  /** Takes away what the wire cannot say even to a server that supports everything. */
  readonly sayable: Edit;
  readonly sayableReply: (reply: ChatReply) => ChatReply;
  /** Its whole replies have no order among thinking, text and calls. */
  readonly isGrouped: boolean;
  /** Its replies name no id. */
  readonly hasIds: boolean;
  /** To a server that supports everything, and back as if a client had sent it. */
  readonly travel: (request: ChatRequest) => Travelled;
  /** The same, for several servers that support less or more; each with how it words a request. */
  readonly servers: readonly TestServer[];
  readonly writeReply: (reply: ChatReply) => Buffer;
  readonly readReply: (body: Buffer) => ChatReply;
  /** The bytes of a stream, cut at these points. */
  readonly writeStream: (events: readonly StreamEvent[], points: readonly number[]) => readonly Buffer[];
  readonly readStream: (chunks: readonly Buffer[]) => readonly StreamEvent[];
  readonly assemble: (chunks: readonly Buffer[]) => Buffer;
  /** The next request of a client that got this reply. */
  readonly sentBack: (reply: ChatReply) => Travelled;
  /** What of a reply a client of the wire can send back. */
  readonly returned: (reply: ChatReply) => ChatReply;
}

export interface TestServer {
  readonly name: string;
  readonly travel: (request: ChatRequest) => Travelled;
  /** What of a request is compared, where not all of it: the rest is refused aloud. */
  readonly asked: Edit;
  /** The request as the wire words it, apart from what the warnings name. */
  readonly words: (request: ChatRequest, warnings: readonly Warning[]) => ChatRequest;
  /** What arrived, in the same words. */
  readonly arrived: (request: ChatRequest, warnings: readonly Warning[]) => ChatRequest;
}

export interface Travelled {
  readonly request: ChatRequest;
  readonly warnings: readonly Warning[];
}

/** Encodes a request for a server and decodes it as if a client had sent it. */
export function travelOver<Dialect>(
  format: WireFormat,
  codec: ChatCodec<Dialect>,
  request: ChatRequest,
  wanted: TargetRequest,
  dialect: Dialect,
): Travelled {
  const encoded = codec.encodeRequest(request, wanted, dialect);
  const body = Buffer.isBuffer(encoded.body) ? encoded.body : Buffer.concat(encoded.body);
  const decoded = codec.decodeRequest(wireOf(format).scan(body), {});
  expect(decoded.warnings).toEqual([]);
  const names = encoded.notes?.toolNames;
  if (names !== undefined) mustBeRenamed(decoded.request, new Set(names.values()));
  return { request: withNames(decoded.request, names), warnings: encoded.warnings };
}

/** A tool that is renamed is so wherever it is named. */
function mustBeRenamed({ tools, toolChoice, messages }: ChatRequest, refused: ReadonlySet<string>): void {
  const named = [
    ...tools.map(({ name }) => name),
    ...(toolChoice?.type === 'tool' ? [toolChoice.name] : []),
    ...messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'tool-call' ? [part.name] : [])),
    ),
  ];
  expect(named.filter((name) => refused.has(name))).toEqual([]);
}

type ReplyParts = Pick<
  TestWire,
  'writeReply' | 'readReply' | 'writeStream' | 'readStream' | 'assemble' | 'sentBack'
>;

/** `nextBody`: the request that sends this reply back. */
export function replyParts(
  format: WireFormat,
  codec: ChatCodec<never>,
  client: ReplyContext<'chat'>,
  nextBody: (reply: Readonly<Record<string, unknown>>) => object,
): ReplyParts {
  const writeReply = (reply: ChatReply): Buffer => codec.encodeReply(reply, client);
  return {
    writeReply,
    readReply: (body) => codec.decodeReply(body, null),
    writeStream: (events, points) => {
      const encoder = codec.openEncoder(client);
      return cut(Buffer.from(events.map((event) => encoder.write(event)).join('')), points);
    },
    readStream: (chunks) => {
      const decoder = codec.openDecoder(null);
      const events = eventData(format, chunks).flatMap((data) => decoder.read(data));
      return [...events, ...decoder.end()];
    },
    assemble: (chunks) => {
      const assembler = codec.openAssembler();
      for (const data of eventData(format, chunks)) assembler.take(data);
      return assembler.body();
    },
    sentBack: (reply) => {
      const written = parseExact(writeReply(reply).toString()) as Record<string, unknown>;
      const body = Buffer.from(JSON.stringify({ model: 'm', ...nextBody(written) }));
      return codec.decodeRequest(wireOf(format).scan(body), {});
    },
  };
}

/** The reply that a client of the wire reads from these bytes of a stream. */
export function streamedReply(wire: TestWire, chunks: readonly Buffer[]): ChatReply {
  return replyOfEvents(wire.readStream(chunks));
}

function eventData(format: WireFormat, chunks: readonly Buffer[]): string[] {
  const splitter = wireOf(format).framing?.splitter();
  if (splitter === undefined) throw new Error('the wire never streams');
  const data: string[] = [];
  const take = (): void => {
    data.push(...[splitter.fields().data].filter((value) => value !== null));
  };
  for (const chunk of chunks) {
    splitter.push(chunk);
    while (splitter.next()) take();
  }
  if (splitter.finish()) take();
  return data;
}
