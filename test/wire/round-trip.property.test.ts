import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatReply, ChatRequest } from '../../src/protocol/chat.ts';
import { GatewayError } from '../../src/protocol/errors.ts';
import { anyReply, anyRequest, eventsOf } from '../support/conversations.ts';
import { plain, plainReply } from '../support/sayable.ts';
import { eachPart } from '../support/told.ts';
import { cutPoints } from '../support/wire.ts';
import { CHAT_WIRES, repliedByBoth, saidByBoth } from '../support/wires/table.ts';
import { streamedReply, type TestWire, type Travelled } from '../support/wires/test-wire.ts';

const step = fc.integer({ min: 1, max: 9 });

/** As `toEqual`, whose comparison takes longer than a translation. */
function mustEqual(actual: unknown, expected: unknown, where: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, where).toEqual(expected);
}

/** Null if the wire rejects the request, which is not a silent loss. */
function orRefused(work: () => Travelled): Travelled | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unsupported_parameter') return null;
    throw error;
  }
}

/** `auto` is what a picture without a detail has. */
const undetailed = eachPart((part) =>
  part.type === 'image' && part.detail === 'auto' ? { ...part, detail: null } : part,
);
const plainRequest = (request: ChatRequest): ChatRequest => plain(undetailed(request));

/** A reply in one spelling for all of these wires; what none counts is 0. */
function plainFor(reply: ChatReply, wires: readonly TestWire[], isGrouped: boolean): ChatReply {
  const { usage, id, ...rest } = plainReply(reply, isGrouped);
  const { reasoningTokens = null, cacheWriteTokens = null } = usage ?? {};
  return {
    ...rest,
    id: wires.every(({ hasIds }) => hasIds) ? (id?.replace(/^resp_/, '') ?? null) : null,
    usage:
      usage === null
        ? null
        : { ...usage, reasoningTokens: reasoningTokens ?? 0, cacheWriteTokens: cacheWriteTokens ?? 0 },
  };
}

function requestComesThrough(client: TestWire, upstream: TestWire, request: ChatRequest): void {
  const where = `${client.name} to ${upstream.name}`;
  const said = saidByBoth(request, client, upstream);
  if (said.messages.length === 0) return;
  const sent = client.travel(said);
  mustEqual(sent.warnings, [], `${where}: the client's request`);
  const arrived = upstream.travel(sent.request);
  mustEqual(arrived.warnings, [], where);
  mustEqual(plainRequest(arrived.request), plainRequest(said), where);
}

/** The reply of an upstream as the client reads it. */
function replyComesThrough(
  client: TestWire,
  upstream: TestWire,
  reply: ChatReply,
  size: number,
  points: readonly number[],
): void {
  const said = repliedByBoth(reply, client, upstream);
  const isGrouped = client.isGrouped || upstream.isGrouped;
  const must = (read: ChatReply, grouped: boolean, how: string): void => {
    const same = (from: ChatReply): ChatReply => plainFor(from, [client, upstream], grouped);
    mustEqual(same(read), same(said), `${upstream.name} to ${client.name}, ${how}`);
  };
  const passed = (body: Buffer): ChatReply => client.readReply(client.writeReply(upstream.readReply(body)));
  must(passed(upstream.writeReply(said)), isGrouped, 'whole');
  const chunks = upstream.writeStream(eventsOf(said, size), points);
  const streamed = client.writeStream(upstream.readStream(chunks), points);
  must(streamedReply(client, streamed), false, 'streamed');
  must(passed(upstream.assemble(chunks)), isGrouped, 'assembled');
}

/** The next request of a client has the reply as its last turn. */
function replyComesBack(wire: TestWire, reply: ChatReply): void {
  const parts = reply.parts.filter((part) => part.type !== 'tool-call' || part.arguments.startsWith('{'));
  const sent = wire.returned({ ...reply, parts, refusal: null });
  fc.pre(sent.parts.length > 0);
  const next = wire.sentBack(sent);
  expect(next.warnings).toEqual([]);
  const wanted = sent.parts.map((part) =>
    'signature' in part || 'data' in part ? part : { ...part, cache: null },
  );
  const turn = { role: 'assistant' as const, parts: wanted };
  const { messages } = plain({ ...next.request, messages: [turn] });
  mustEqual(plain(next.request).messages.slice(1), messages, wire.name);
}

function roundTrips(runs: number): void {
  const check = <Values>(property: fc.IProperty<Values>): void => {
    fc.assert(property, { numRuns: runs });
  };

  test.each(CHAT_WIRES)(
    'what $name and the wire of a server can both say comes from the client to the server unchanged and without a warning',
    (client) => {
      const holds = (request: ChatRequest): void => {
        for (const upstream of CHAT_WIRES) requestComesThrough(client, upstream, request);
      };
      check(fc.property(anyRequest, holds));
    },
    300_000,
  );

  test.each(CHAT_WIRES)(
    '$name loses nothing of any request without a warning, whatever the server supports',
    ({ servers }) => {
      const holds = (request: ChatRequest): void => {
        for (const { name, asked, travel, arrived, words } of servers) {
          const wanted = asked(request);
          const over = orRefused(() => travel(wanted));
          if (over === null) continue;
          mustEqual(arrived(over.request, over.warnings), words(wanted, over.warnings), name);
        }
      };
      check(fc.property(anyRequest, holds));
    },
    300_000,
  );

  test.each(CHAT_WIRES)(
    'what $name and the wire of a server can both reply comes to the client whole, streamed and assembled',
    (client) => {
      const holds = (reply: ChatReply, size: number, points: readonly number[]): void => {
        for (const upstream of CHAT_WIRES) replyComesThrough(client, upstream, reply, size, points);
      };
      check(fc.property(anyReply, step, cutPoints, holds));
    },
    300_000,
  );

  test.each(CHAT_WIRES)(
    'a client of $name can send back what it received, with what ties it to its model',
    (wire) => {
      const holds = (reply: ChatReply): void => {
        replyComesBack(wire, reply);
      };
      check(fc.property(anyReply, holds));
    },
    300_000,
  );
}

const ALL = process.env['LANEWAY_TEST_ROUND_TRIPS'] === '1';

describe('round trips over all pairs of chat wires, 200 conversations and replies a pair', () => {
  roundTrips(200);
});

const rest = ALL ? 'the other 9,800' : 'the other 9,800 (LANEWAY_TEST_ROUND_TRIPS is not 1)';
describe.skipIf(!ALL)(rest, () => {
  roundTrips(9_800);
});
