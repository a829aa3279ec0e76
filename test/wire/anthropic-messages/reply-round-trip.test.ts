import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatReply, ReplyPart } from '../../../src/protocol/chat.ts';
import { messagesCodec } from '../../../src/wire/anthropic-messages/codec.ts';
import { Assembly } from '../../../src/wire/stream/assembly.ts';
import { SSE } from '../../../src/wire/framing/sse.ts';
import { replyEvents } from '../../../src/wire/chat/reply-events.ts';

const CLIENT = {
  wall: () => 0,
  replyOptions: { includeUsage: true, legacyCalls: false },
  modelId: 'm',
  estimatedInputTokens: 9,
};

const filled = fc.string({ unit: 'binary', minLength: 1 });
const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
const tokens = fc.nat({ max: 10_000 });
const maybe = fc.option(tokens, { nil: null });

const part: fc.Arbitrary<ReplyPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: filled }),
  // Every thinking block of this wire ends with a signature; otherwise two consecutive blocks would merge.
  fc.record({ type: fc.constant('thinking' as const), text: fc.string(), signature: word }),
  fc.record({ type: fc.constant('redacted-thinking' as const), data: word }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: word,
    name: word,
    arguments: fc
      .dictionary(word, fc.oneof(fc.string(), fc.integer(), fc.boolean()))
      .map((value) => JSON.stringify(value)),
  }),
);

const reply: fc.Arbitrary<ChatReply> = fc
  .record({
    id: word,
    model: word,
    parts: fc.array(part, { maxLength: 6 }),
    finish: fc.constantFrom('stop' as const, 'length' as const),
    stop: fc.option(word, { nil: null }),
    usage: fc.record({ input: tokens, output: tokens, cached: maybe, written: maybe, thinking: maybe }),
  })
  .map(({ id, model, parts, finish, stop, usage: { input, output, cached, written, thinking } }) => {
    const ids = new Set<string>();
    const own = parts.filter((each) => {
      if (each.type !== 'tool-call') return true;
      const isNew = !ids.has(each.id);
      ids.add(each.id);
      return isNew;
    });
    const apart = own.filter(({ type }, index) => type !== 'text' || own[index - 1]?.type !== 'text');
    const called = apart.some(({ type }) => type === 'tool-call');
    return {
      id: `msg_${id.replace(/^(?:msg_|chatcmpl-)/, 'x')}`,
      model,
      parts: apart,
      refusal: null,
      finish: called && finish === 'stop' ? ('tool-calls' as const) : finish,
      stopSequence: !called && finish === 'stop' ? stop : null,
      usage: {
        inputTokens: input + (cached ?? 0) + (written ?? 0),
        outputTokens: output,
        cachedInputTokens: cached,
        reasoningTokens: thinking,
        cacheWriteTokens: written,
      },
    };
  });

test('an encoded unary reply is decoded unchanged', () => {
  fc.assert(
    fc.property(reply, (said) => {
      expect(messagesCodec.decodeReply(messagesCodec.encodeReply(said, CLIENT), null)).toEqual(said);
    }),
    { numRuns: 1000 },
  );
});

test('an encoded stream is assembled to the unary reply', () => {
  fc.assert(
    fc.property(reply, (said) => {
      const encoder = messagesCodec.openEncoder(CLIENT);
      const assembly = new Assembly(SSE, messagesCodec.openAssembler());
      const stream = replyEvents(said).map((event) => encoder.write(event));
      const whole = assembly.push(Buffer.from(stream.join('')));
      expect(assembly.fault).toBeNull();
      expect(messagesCodec.decodeReply(whole ?? Buffer.alloc(0), null)).toEqual(said);
      expect(JSON.parse(String(whole))).toEqual(
        JSON.parse(messagesCodec.encodeReply(said, CLIENT).toString()),
      );
    }),
    { numRuns: 1000 },
  );
});
