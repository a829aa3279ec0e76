import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatReply, ReplyPart } from '../../../src/protocol/chat.ts';
import { replyEvents } from '../../../src/wire/chat/reply-events.ts';
import { openAiChatCodec as codec } from '../../../src/wire/openai-chat/codec.ts';
import { assemble, decode, joined } from '../../support/openai-upstream.ts';

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const args = fc.dictionary(words, fc.jsonValue({ maxDepth: 1 })).map((value) => JSON.stringify(value));
const count = fc.nat({ max: 9999 });

const reply: fc.Arbitrary<ChatReply> = fc
  .record({
    thinking: fc.option(words),
    text: fc.option(words),
    calls: fc.uniqueArray(fc.record({ id: fc.uuid(), name: fc.constantFrom('a', 'b_c'), arguments: args }), {
      selector: ({ id }) => id,
      maxLength: 3,
    }),
    refusal: fc.option(words),
    filtered: fc.boolean(),
    cut: fc.boolean(),
    usage: fc.record({
      inputTokens: count,
      outputTokens: count,
      cachedInputTokens: count,
      reasoningTokens: count,
      cacheWriteTokens: count,
    }),
  })
  .map(({ thinking, text, calls, refusal, filtered, cut, usage }) => {
    const parts: ReplyPart[] = [];
    if (thinking !== null) parts.push({ type: 'thinking', text: thinking, signature: null });
    if (text !== null) parts.push({ type: 'text', text });
    for (const one of calls) parts.push({ type: 'tool-call', ...one });
    const ended = calls.length > 0 ? 'tool-calls' : 'stop';
    const finish = filtered ? 'content-filter' : cut ? 'length' : ended;
    return { id: 'chatcmpl-7', model: 'm', parts, refusal, finish, stopSequence: null, usage };
  });
const client = {
  wall: () => 1_000,
  replyOptions: { includeUsage: true, legacyCalls: false },
  modelId: 'm',
  estimatedInputTokens: 1,
};

test('a reply survives OpenAI’s wire unchanged: unary, as a stream, and as an assembled stream', () => {
  fc.assert(
    fc.property(reply, (said) => {
      expect(codec.decodeReply(codec.encodeReply(said, client), null)).toEqual(said);
      const encoder = codec.openEncoder(client);
      const stream = replyEvents({ ...said })
        .map((event) => encoder.write(event))
        .join('');
      const expected = joined(replyEvents(said)).map((event) =>
        event.type === 'reply-start' ? { ...event, usage: null } : event,
      );
      expect(joined(decode([stream]))).toEqual(expected);
      expect(codec.decodeReply(Buffer.from(JSON.stringify(assemble([stream]))), null)).toEqual(said);
    }),
    { numRuns: 500 },
  );
});
